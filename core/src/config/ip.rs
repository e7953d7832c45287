//! IP addresses as text (RFC 4291 section 2.2, RFC 5952), parsed and written.
//!
//! They are read and written exactly as by [`IpAddr`], whose own code contains paths to a panic that a linker
//! can't eliminate. No settings file may reach one.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Parses all of `text` as an address.
pub(super) fn parse(text: &[u8]) -> Option<IpAddr> {
    v4(text).map(IpAddr::V4).or_else(|| v6(text).map(IpAddr::V6))
}

/// Writes `address` in its shortest form.
pub(super) fn write(address: IpAddr, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match address {
        IpAddr::V4(address) => write_v4(address, f),
        IpAddr::V6(address) => write_v6(address, f),
    }
}

/// Four numbers without leading zeros, which some programs would read as octal.
fn v4(text: &[u8]) -> Option<Ipv4Addr> {
    let mut octets = [0; 4];
    let mut parts = text.split(|byte| *byte == b'.');
    for octet in &mut octets {
        *octet = match parts.next()? {
            [b'0', _, ..] => return None,
            digits => number(digits, 10, 3)?.try_into().ok()?,
        };
    }
    parts.next().is_none().then(|| octets.into())
}

/// Eight groups, or up to seven around one `::`.
fn v6(text: &[u8]) -> Option<Ipv6Addr> {
    let Some(gap) = text.windows(2).position(|pair| pair == b"::") else {
        return groups(text, true).filter(|groups| groups.count == 8).map(|groups| groups.bits.into());
    };
    let head = groups(text.get(..gap)?, false)?;
    let tail = groups(text.get(gap + 2..)?, true)?;
    if head.count + tail.count > 7 {
        return None;
    }
    // Without a head, this would shift by all 128 bits.
    let head = head.bits.checked_shl(128 - 16 * head.count).unwrap_or(0);
    Some((head | tail.bits).into())
}

/// Adjacent groups of an IPv6 address; the last is in the lowest bits.
#[derive(Default)]
struct Groups {
    bits: u128,
    count: u32,
}

/// At most eight groups of hexadecimal digits. At the end of an address, the last two may be written as an
/// IPv4 address.
fn groups(text: &[u8], to_the_end: bool) -> Option<Groups> {
    let mut groups = Groups::default();
    if text.is_empty() {
        return Some(groups);
    }
    let mut parts = text.split(|byte| *byte == b':').peekable();
    while let Some(part) = parts.next() {
        let (bits, count) = match number(part, 16, 4) {
            Some(group) => (group, 1),
            None if to_the_end && parts.peek().is_none() => (v4(part)?.to_bits(), 2),
            None => return None,
        };
        groups.bits = groups.bits << (16 * count) | u128::from(bits);
        groups.count += count;
        if groups.count > 8 {
            return None;
        }
    }
    Some(groups)
}

/// One to `most` digits.
fn number(digits: &[u8], radix: u32, most: usize) -> Option<u32> {
    if digits.is_empty() || digits.len() > most {
        return None;
    }
    digits.iter().try_fold(0, |number, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' if radix == 16 => digit - b'a' + 10,
            b'A'..=b'F' if radix == 16 => digit - b'A' + 10,
            _ => return None,
        };
        Some(number * radix + u32::from(digit))
    })
}

fn write_v4(address: Ipv4Addr, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [a, b, c, d] = address.octets();
    write!(f, "{a}.{b}.{c}.{d}")
}

/// RFC 5952 section 4.2: `::` replaces the first of the longest runs of zeros, and never a single zero.
fn write_v6(address: Ipv6Addr, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if let Some(mapped) = address.to_ipv4_mapped() {
        f.write_str("::ffff:")?;
        return write_v4(mapped, f);
    }
    let groups = address.segments();
    let zeros_from = |start| groups.iter().skip(start).take_while(|group| **group == 0).count();
    // `max_by_key` returns the last of equal maxima, hence the reverse order.
    let longest =
        (0..groups.len()).rev().map(|start| (start, zeros_from(start))).max_by_key(|(_, zeros)| *zeros);
    match longest {
        Some((start, zeros @ 2..)) => {
            write_groups(groups.iter().take(start), f)?;
            f.write_str("::")?;
            write_groups(groups.iter().skip(start + zeros), f)
        }
        _ => write_groups(groups.iter(), f),
    }
}

fn write_groups<'g>(groups: impl Iterator<Item = &'g u16>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (n, group) in groups.enumerate() {
        if n > 0 {
            f.write_str(":")?;
        }
        write!(f, "{group:x}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{string::String, string::ToString};

    use super::*;

    struct Written(IpAddr);

    impl fmt::Display for Written {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write(self.0, f)
        }
    }

    /// Checks both directions against the standard library.
    fn check(text: &str) {
        let address = text.parse().ok();
        assert_eq!(parse(text.as_bytes()), address, "{text:?}");
        if let Some(address) = address {
            assert_eq!(Written(address).to_string(), address.to_string());
        }
    }

    #[test]
    fn addresses_are_read_and_written_as_the_standard_library_does() {
        for text in [
            "",
            "ANY",
            "0.0.0.0",
            "255.255.255.255",
            "256.1.1.1",
            "1.2.3",
            "1.2.3.4.5",
            "01.2.3.4",
            "1..3.4",
            "0001.2.3.4",
            "+1.2.3.4",
            "1a.2.3.4",
            "1.2.3.F",
            " 1.2.3.4",
            "::",
            ":::",
            "::1",
            "1::",
            "1::2::3",
            "1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7::",
            "::2:3:4:5:6:7:8",
            "::1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7:8::",
            "1:2:3:4:5:6:7:8:9",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:1.2.3.4",
            "1:2:3:4:5:6:7:1.2.3.4",
            "::ffff:192.0.2.7",
            "::192.0.2.7",
            "1.2.3.4::",
            "::1.2.3.4:5",
            "1:2:3:4:5::1.2.3.4",
            "1:2:3:4:5:6::1.2.3.4",
            "2001:DB8::00f",
            "2001:db8::0000f",
            "fe80::1%eth0",
            "[::1]",
            ":1:2:3:4:5:6:7:8",
            "1:2:3:4:5:6:7:8:",
        ] {
            check(text);
        }
    }

    #[test]
    fn what_is_put_together_from_pieces_is_read_as_the_standard_library_does() {
        const PIECES: [&str; 12] =
            [":", "::", ".", "0", "1", "00", "ab", "ffff", "255", "1.2.3.4", "1:2:3", "g"];
        for n in 0..PIECES.len().pow(5) {
            let piece = |digit| PIECES[n / PIECES.len().pow(digit) % PIECES.len()];
            check(&(0..5).map(piece).collect::<String>());
        }
    }

    #[test]
    fn every_place_of_zeros_is_written_as_the_standard_library_does() {
        for zeros in 0..=u8::MAX {
            let groups: [u16; 8] = core::array::from_fn(|n| if zeros >> n & 1 == 0 { 0 } else { 0xa0 });
            check(&IpAddr::from(groups).to_string());
        }
    }
}
