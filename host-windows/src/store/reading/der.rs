//! DER elements, and BER converted to DER (X.690 sections 8.1, 8.7 and 10).
//!
//! PFX and PKCS#7 files may be BER (RFC 7292 section 4.1, RFC 5652 section 2): Bouncy Castle, NSS and macOS
//! write indefinite lengths, and OCTET STRINGs in pieces. Certificates, keys and revocation lists are always
//! DER.

use zeroize::Zeroizing;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
/// Context-specific and constructed: `[0]` and `[1]`.
pub(super) const CONTEXT_0: u8 = 0xa0;
pub(super) const CONTEXT_1: u8 = 0xa1;

const CONSTRUCTED: u8 = 0x20;
/// No structure that is read here is half as deep.
const MAX_DEPTH: usize = 32;

/// An element: identifier, length, content.
#[derive(Clone, Copy)]
pub(super) struct Element<'d> {
    pub(super) tag: u8,
    pub(super) content: &'d [u8],
    /// The whole element.
    pub(super) whole: &'d [u8],
}

impl<'d> Element<'d> {
    /// Takes the element at the beginning of `input`. It must have a definite length and be complete.
    pub(super) fn take(input: &mut &'d [u8]) -> Option<Self> {
        let header = Header::read(input)?;
        let (start, end) = (header.length, header.length.checked_add(header.content?)?);
        let (whole, rest) = input.split_at_checked(end)?;
        *input = rest;
        Some(Self { tag: header.tag, content: whole.get(start..)?, whole })
    }

    /// The element that makes up all of `input`.
    pub(super) fn only(mut input: &'d [u8]) -> Option<Self> {
        Self::take(&mut input).filter(|_| input.is_empty())
    }

    /// Takes the element at the beginning of `input` if its tag is `tag`.
    pub(super) fn expect(input: &mut &'d [u8], tag: u8) -> Option<Self> {
        let mut rest = *input;
        let element = Self::take(&mut rest).filter(|element| element.tag == tag)?;
        *input = rest;
        Some(element)
    }

    /// The elements in its content; `None` if one of them is malformed.
    pub(super) fn children(&self) -> Option<Vec<Self>> {
        let (mut children, mut rest) = (Vec::new(), self.content);
        while !rest.is_empty() {
            children.push(Self::take(&mut rest)?);
        }
        Some(children)
    }

    /// The value of a non-negative INTEGER, saturated if it is too large.
    pub(super) fn number(&self) -> Option<u64> {
        let digits = match self.content {
            _ if self.tag != INTEGER => return None,
            [] | [0x80..=0xff, ..] => return None,
            [0, digits @ ..] | digits => digits,
        };
        if digits.len() > size_of::<u64>() {
            return Some(u64::MAX);
        }
        Some(digits.iter().fold(0, |number, digit| number << 8 | u64::from(*digit)))
    }
}

/// The length that the element at the beginning of `input` declares, if `input` is shorter.
pub(super) fn missing(input: &[u8]) -> Option<usize> {
    let header = Header::read(input)?;
    header.length.checked_add(header.content?)?.checked_sub(input.len()).filter(|missing| *missing > 0)
}

struct Header {
    tag: u8,
    /// The length of the header itself.
    length: usize,
    /// The length of the content, `None` if indefinite.
    content: Option<usize>,
}

impl Header {
    fn read(input: &[u8]) -> Option<Self> {
        let (&tag, rest) = input.split_first()?;
        // Nothing that is read here uses tags of several bytes.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (&first, rest) = rest.split_first()?;
        let (length, content) = match first {
            0..=0x7f => (2, Some(usize::from(first))),
            0x80 => (2, None),
            0x81..=0x84 => {
                let octets = usize::from(first & 0x7f);
                let value =
                    rest.get(..octets)?.iter().fold(0, |value, octet| value << 8 | usize::from(*octet));
                (2 + octets, Some(value))
            }
            _ => return None,
        };
        Some(Self { tag, length, content })
    }
}

/// Converts the BER element at the beginning of `input` to DER lengths and unfragmented OCTET STRINGs; also
/// returns its length in `input`. The buffer is allocated once and wiped when dropped, because it may hold a
/// private key.
pub(super) fn from_ber(input: &[u8]) -> Option<(Zeroizing<Vec<u8>>, usize)> {
    // An indefinite element has four bytes around its content, and gets at most six.
    let mut out = Zeroizing::new(Vec::with_capacity(input.len() * 2 + 8));
    let mut rest = input;
    copy(&mut rest, &mut out, MAX_DEPTH)?;
    Some((out, input.len() - rest.len()))
}

/// Writes the element at the beginning of `input` to `out`.
fn copy(input: &mut &[u8], out: &mut Vec<u8>, depth: usize) -> Option<()> {
    let header = Header::read(input)?;
    let depth = depth.checked_sub(1)?;
    if header.tag & CONSTRUCTED == 0 {
        let element = Element::take(input)?;
        return write(element.tag, out, |out| {
            out.extend_from_slice(element.content);
            Some(())
        });
    }
    let tag = if header.tag == OCTET_STRING | CONSTRUCTED { OCTET_STRING } else { header.tag };
    write(tag, out, |out| {
        contents(input, &header, &mut |element| match tag {
            OCTET_STRING => pieces(element, out, depth),
            _ => copy(element, out, depth),
        })
    })
}

/// Writes the content of an OCTET STRING, which may be in pieces.
fn pieces(input: &mut &[u8], out: &mut Vec<u8>, depth: usize) -> Option<()> {
    let header = Header::read(input)?;
    let depth = depth.checked_sub(1)?;
    match header.tag {
        OCTET_STRING => out.extend_from_slice(Element::take(input)?.content),
        tag if tag == OCTET_STRING | CONSTRUCTED => {
            contents(input, &header, &mut |element| pieces(element, out, depth))?;
        }
        _ => return None,
    }
    Some(())
}

/// Takes the constructed element at the beginning of `input`, and calls `each` on the elements in its
/// content.
fn contents(
    input: &mut &[u8],
    header: &Header,
    each: &mut dyn FnMut(&mut &[u8]) -> Option<()>,
) -> Option<()> {
    if header.content.is_some() {
        let mut rest = Element::take(input)?.content;
        while !rest.is_empty() {
            each(&mut rest)?;
        }
        return Some(());
    }
    *input = input.get(header.length..)?;
    loop {
        if let Some(rest) = input.strip_prefix(&[0, 0]) {
            *input = rest;
            return Some(());
        }
        each(input)?;
    }
}

/// Writes an element whose content `content` writes.
fn write(tag: u8, out: &mut Vec<u8>, content: impl FnOnce(&mut Vec<u8>) -> Option<()>) -> Option<()> {
    out.push(tag);
    let start = out.len();
    content(out)?;
    let length = out.len() - start;
    let octets = u32::try_from(length).ok()?.to_be_bytes();
    let significant = octets.get(octets.iter().take_while(|octet| **octet == 0).count()..)?;
    let mut header = [0; 5];
    let used = match significant {
        [] => 1,
        [short @ 0..=0x7f] => {
            header[0] = *short;
            1
        }
        long => {
            header[0] = 0x80 | u8::try_from(long.len()).ok()?;
            header.get_mut(1..=long.len())?.copy_from_slice(long);
            1 + long.len()
        }
    };
    out.extend_from_slice(&header[..used]);
    out.get_mut(start..)?.rotate_right(used);
    Some(())
}

/// Whether these trailing bytes are only leftovers of editors, transfers and other programs.
pub(super) fn is_blank(rest: &[u8]) -> bool {
    // The last one is Ctrl-Z, which ends a text in DOS.
    rest.iter().all(|byte| matches!(byte, 0 | b'\r' | b'\n' | b' ' | b'\t' | 0x1a))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(ber: &[u8]) -> Option<Vec<u8>> {
        from_ber(ber).map(|(der, _)| der.to_vec())
    }

    #[test]
    fn what_is_der_stays_and_what_is_ber_becomes_it() {
        let same: [&[u8]; 3] = [&[0x30, 0], &[0x30, 3, 0x02, 1, 7], &[0x04, 2, 0x24, 0x80]];
        for der_already in same {
            assert_eq!(der(der_already).as_deref(), Some(der_already));
        }
        for (ber, expected) in [
            (&[0x30, 0x80, 0x02, 1, 7, 0, 0][..], &[0x30, 3, 0x02, 1, 7][..]),
            (&[0x30, 0x83, 0, 0, 4, 0x02, 0x81, 1, 7], &[0x30, 3, 0x02, 1, 7]),
            (&[0x24, 0x80, 4, 1, 8, 0x24, 3, 4, 1, 9, 4, 0, 0, 0], &[4, 2, 8, 9]),
            (&[0xa0, 0x80, 0x30, 0x80, 0, 0, 0, 0], &[0xa0, 2, 0x30, 0]),
        ] {
            assert_eq!(der(ber).as_deref(), Some(expected), "{ber:x?}");
        }
        let long = [&[0x24, 0x80, 4, 0x82, 1, 44][..], &[5; 300], &[0, 0]].concat();
        assert_eq!(der(&long), Some([&[4, 0x82, 1, 44][..], &[5; 300]].concat()));
        assert_eq!(from_ber(&[0x30, 0x80, 0, 0, 9, 9]).map(|(_, used)| used), Some(4));
    }

    #[test]
    fn what_is_cut_too_deep_or_no_ber_is_none() {
        let whole = [0x30, 0x80, 0x24, 0x80, 4, 1, 8, 0, 0, 0, 0];
        for length in 0..whole.len() {
            assert_eq!(der(&whole[..length]), None, "{length}");
        }
        assert_eq!(der(&[0x04, 0x80, 0, 0]), None, "only what is constructed can be indefinite");
        assert_eq!(der(&[0x24, 3, 2, 1, 7]), None, "only OCTET STRINGs are pieces of one");
        assert_eq!(der(&[0x1f, 1, 0]), None);
        assert_eq!(der(&[0x30, 0x85, 0, 0, 0, 0, 0]), None);
        let deep = |levels: usize| [[0x30, 0x80].repeat(levels), [0, 0].repeat(levels)].concat();
        assert!(der(&deep(MAX_DEPTH)).is_some());
        assert_eq!(der(&deep(MAX_DEPTH + 1)), None);
        assert_eq!(der(&[0x30, 0x80].repeat(1 << 19)), None);
    }

    #[test]
    fn the_buffer_never_moves() {
        for ber in [[0x30, 0x80].repeat(30), [0x24, 0x80].repeat(30)] {
            let ber = [ber, [0; 60].to_vec()].concat();
            let (out, _) = from_ber(&ber).unwrap();
            assert_eq!(out.capacity(), ber.len() * 2 + 8);
        }
    }

    #[test]
    fn numbers_are_bounded_and_never_negative() {
        let number = |content: &[u8]| Element { tag: INTEGER, content, whole: &[] }.number();
        for (content, expected) in [
            (&[0][..], Some(0)),
            (&[0, 0x80], Some(128)),
            (&[1, 0], Some(256)),
            (&[0xff], None),
            (&[], None),
            (&[1; 9], Some(u64::MAX)),
        ] {
            assert_eq!(number(content), expected, "{content:x?}");
        }
    }
}
