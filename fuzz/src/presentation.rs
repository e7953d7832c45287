//! An independent parser of handshake messages, based on the presentation language of RFC 5246 section 4, for
//! the checks only. It shares nothing with the engine, enforces the limits in the RFCs, and may be slow.

use std::collections::HashSet;

/// The unread bytes of a structure.
struct Input<'a>(&'a [u8]);

/// `None` if it is malformed.
type Read<T> = Option<T>;

impl<'a> Input<'a> {
    fn bytes(&mut self, n: usize) -> Read<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(head)
    }

    fn number(&mut self, len: usize) -> Read<usize> {
        Some(self.bytes(len)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }

    /// `opaque <min..max>`: the length has as many bytes as `max` requires.
    fn vector(&mut self, min: usize, max: usize) -> Read<&'a [u8]> {
        let len = self.number(match max {
            0..0x100 => 1,
            0x100..0x1_0000 => 2,
            _ => 3,
        })?;
        if (min..=max).contains(&len) { self.bytes(len) } else { None }
    }

    /// A vector of 16-bit values.
    fn codes(&mut self, max: usize) -> Read<&'a [u8]> {
        self.vector(2, max).filter(|codes| codes.len() % 2 == 0)
    }

    fn end(self) -> Read<()> {
        self.0.is_empty().then_some(())
    }
}

/// Reads elements of one kind to the end of `list`, and returns their number.
fn each(list: &[u8], mut element: impl FnMut(&mut Input<'_>) -> Read<()>) -> Read<usize> {
    let (mut input, mut count) = (Input(list), 0);
    while !input.0.is_empty() {
        element(&mut input)?;
        count += 1;
    }
    Some(count)
}

/// Whether the body of a hello message respects the limits of RFC 5246 section 7.4.1, whatever its extensions
/// contain.
pub(crate) fn is_hello(kind: u8, body: &[u8]) -> bool {
    hello(kind, body).is_some()
}

/// Whether the body of a message of this type is well-formed, including the extensions that the engine knows;
/// `None` for types that are not read.
pub(crate) fn is_well_formed(kind: u8, body: &[u8]) -> Option<bool> {
    let mut input = Input(body);
    let read = match kind {
        1 | 2 => hello(kind, body).and_then(|extensions| check_extensions(kind, extensions)),
        // RFC 5077 section 3.3.
        4 => input.number(4).and_then(|_| input.vector(0, 0xffff)).and_then(|_| input.end()),
        // RFC 5246 section 7.4.2.
        11 => input.vector(0, 0xff_ffff).and_then(|list| {
            each(list, |input| input.vector(1, 0xff_ffff).map(drop))?;
            input.end()
        }),
        // RFC 8422 section 5.4: a named curve; the signature as in RFC 5246 section 4.7.
        12 => (|| {
            (input.number(1)? == 3).then_some(())?;
            input.number(2)?;
            input.vector(1, 0xff)?;
            input.number(2)?;
            input.vector(0, 0xffff)?;
            input.end()
        })(),
        // RFC 5246 section 7.4.4.
        13 => (|| {
            input.vector(1, 0xff)?;
            input.codes(0xfffe)?;
            each(input.vector(0, 0xffff)?, |input| input.vector(1, 0xffff).map(drop))?;
            input.end()
        })(),
        15 => input.number(2).and_then(|_| input.vector(0, 0xffff)).and_then(|_| input.end()),
        // RFC 8422 section 5.7.
        16 => input.vector(1, 0xff).and_then(|_| input.end()),
        _ => return None,
    };
    Some(read.is_some())
}

/// Reads a hello message up to its extensions, which it returns as type and content.
fn hello(kind: u8, body: &[u8]) -> Read<Vec<(usize, &[u8])>> {
    let mut input = Input(body);
    input.bytes(2 + 32)?;
    input.vector(0, 32)?;
    if kind == 1 {
        input.codes(0xfffe)?;
        input.vector(1, 0xff)?;
    } else {
        input.bytes(2 + 1)?;
    }
    let mut extensions = Vec::new();
    if !input.0.is_empty() {
        let mut list = Input(input.vector(0, 0xffff)?);
        while !list.0.is_empty() {
            extensions.push((list.number(2)?, list.vector(0, 0xffff)?));
        }
    }
    input.end()?;
    Some(extensions)
}

fn check_extensions(kind: u8, extensions: Vec<(usize, &[u8])>) -> Read<()> {
    let is_client = kind == 1;
    let mut seen = HashSet::new();
    for (kind, content) in extensions {
        // RFC 5246 section 7.4.1.4.
        seen.insert(kind).then_some(())?;
        let mut input = Input(content);
        match kind {
            // RFC 6066 sections 3 and 4.
            0 if is_client => {
                let name =
                    |input: &mut Input<'_>| input.bytes(1).and_then(|_| input.vector(1, 0xffff)).map(drop);
                each(input.vector(1, 0xffff)?, name)?;
            }
            1 => (1..=4).contains(&input.number(1)?).then_some(())?,
            // RFC 8422 section 5.1.
            10 if is_client => drop(input.codes(0xffff)?),
            11 => drop(input.vector(1, 0xff)?),
            13 if is_client => drop(input.codes(0xfffe)?),
            // RFC 7301 section 3.1.
            16 => {
                let names = each(input.vector(2, 0xffff)?, |input| input.vector(1, 0xff).map(drop))?;
                (is_client || names == 1).then_some(())?;
            }
            // RFC 8449 section 4.
            28 => (input.number(2)? >= 64).then_some(())?,
            // RFC 8446 section 4.2.1.
            43 if is_client => drop(input.codes(0xfe)?),
            // RFC 5746 section 3.2.
            0xff01 => drop(input.vector(0, 0xff)?),
            // No content: acknowledgements in a ServerHello.
            23 => {}
            0 | 35 if !is_client => {}
            _ => continue,
        }
        input.end()?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_those_of_the_rfcs() {
        let hello = |id: usize| [&[3; 34][..], &[id as u8], &vec![0; id], &[0, 2, 0xc0, 0x2b, 1, 0]].concat();
        assert_eq!([0, 32, 33].map(|id| is_hello(1, &hello(id))), [true, true, false]);
        assert!(!is_hello(1, &[&hello(0)[..], &[0]].concat()));
        assert_eq!(is_well_formed(4, &[0, 0, 0, 0, 0, 1, 7]), Some(true));
        assert_eq!(is_well_formed(16, &[0]), Some(false));
        assert_eq!(is_well_formed(20, &[0; 12]), None);
        let twice = [&hello(0)[..], &[0, 8, 0, 23, 0, 0, 0, 23, 0, 0]].concat();
        assert!(is_hello(1, &twice) && is_well_formed(1, &twice) == Some(false));
    }
}
