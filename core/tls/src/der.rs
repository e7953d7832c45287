//! A cursor over DER (ITU-T X.690 section 10), to the extent that certificates need it.
//!
//! Only definite lengths in their shortest form and tag numbers below 31 are supported. Every error carries
//! its position.

use core::fmt;

/// Universal tags that certificates use (ITU-T X.680 section 8.4).
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(crate) const ENUMERATED: u8 = 0x0a;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const NUMERIC_STRING: u8 = 0x12;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const TELETEX_STRING: u8 = 0x14;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const VISIBLE_STRING: u8 = 0x1a;
    pub(crate) const UNIVERSAL_STRING: u8 = 0x1c;
    pub(crate) const BMP_STRING: u8 = 0x1e;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;

    /// A context-specific tag of a primitive value.
    pub(crate) const fn context(number: u8) -> u8 {
        0x80 | number
    }

    /// A context-specific tag around other elements.
    pub(crate) const fn constructed(number: u8) -> u8 {
        0xa0 | number
    }
}

/// The bytes are not DER, or not the expected elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DerError {
    /// The byte, counted from 0, at which the wrong element starts or should start.
    pub at: usize,
}

impl fmt::Display for DerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the encoding (DER) is wrong at byte {}", self.at)
    }
}

/// One element: tag, length and content.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    /// Tag, length and content.
    pub(crate) whole: &'a [u8],
    pub(crate) content: Der<'a>,
}

/// A cursor over consecutive elements.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Der<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Der<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, at: 0 }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The bytes not yet read.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// An error at the next byte.
    pub(crate) const fn error(&self) -> DerError {
        DerError { at: self.at }
    }

    /// Ends the parsing. Remaining bytes are an error.
    pub(crate) const fn end(self) -> Result<(), DerError> {
        if self.is_empty() { Ok(()) } else { Err(self.error()) }
    }

    /// The next element, with any tag.
    pub(crate) fn element(&mut self) -> Result<Element<'a>, DerError> {
        let error = self.error();
        let (tag, header, len) = header(self.rest).ok_or(error)?;
        let total = header.checked_add(len).ok_or(error)?;
        let (whole, rest) = self.rest.split_at_checked(total).ok_or(error)?;
        let content = whole.get(header..).ok_or(error)?;
        let content = Self { rest: content, at: self.at.saturating_add(header) };
        *self = Self { rest, at: self.at.saturating_add(total) };
        Ok(Element { tag, whole, content })
    }

    /// The content of the next element, which must have this tag.
    pub(crate) fn required(&mut self, tag: u8) -> Result<Self, DerError> {
        let error = self.error();
        let element = self.element()?;
        if element.tag == tag { Ok(element.content) } else { Err(error) }
    }

    /// The content of the next element if it has this tag. Otherwise nothing is consumed.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Self>, DerError> {
        if self.rest.first() == Some(&tag) { self.required(tag).map(Some) } else { Ok(None) }
    }

    /// The content of a SEQUENCE.
    pub(crate) fn sequence(&mut self) -> Result<Self, DerError> {
        self.required(tag::SEQUENCE)
    }

    /// The content of the only element, which must have this tag.
    pub(crate) fn only(mut self, tag: u8) -> Result<Self, DerError> {
        let content = self.required(tag)?;
        self.end()?;
        Ok(content)
    }

    /// The content of an INTEGER: two's complement, big-endian, in its shortest form.
    pub(crate) fn integer(&mut self) -> Result<&'a [u8], DerError> {
        let content = self.required(tag::INTEGER)?;
        match content.rest {
            [] | [0x00, 0x00..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => Err(content.error()),
            bytes => Ok(bytes),
        }
    }

    /// An INTEGER above zero, big-endian without leading zeros.
    pub(crate) fn positive_integer(&mut self) -> Result<&'a [u8], DerError> {
        let error = self.error();
        match self.integer()? {
            [0] | [0x80..=0xff, ..] => Err(error),
            [0, magnitude @ ..] | magnitude => Ok(magnitude),
        }
    }

    /// A BOOLEAN with DEFAULT FALSE.
    pub(crate) fn flag(&mut self) -> Result<bool, DerError> {
        match self.optional(tag::BOOLEAN)? {
            None => Ok(false),
            Some(Der { rest: [0x00], .. }) => Ok(false),
            Some(Der { rest: [0xff], .. }) => Ok(true),
            Some(content) => Err(content.error()),
        }
    }

    /// The bytes of a BIT STRING without unused bits.
    pub(crate) fn bytes_of_bit_string(&mut self) -> Result<&'a [u8], DerError> {
        let content = self.required(tag::BIT_STRING)?;
        match content.rest {
            [0, bytes @ ..] => Ok(bytes),
            _ => Err(content.error()),
        }
    }
}

/// The tag, header length and content length of the first element of `bytes`.
fn header(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (tag, rest) = bytes.split_first()?;
    if tag & 0x1f == 0x1f {
        return None;
    }
    let (len, header) = match *rest {
        [len @ 0x00..=0x7f, ..] => (u32::from(len), 2),
        [0x81, a @ 0x80..=0xff, ..] => (u32::from(a), 3),
        [0x82, a @ 1..=0xff, b, ..] => (u32::from_be_bytes([0, 0, a, b]), 4),
        [0x83, a @ 1..=0xff, b, c, ..] => (u32::from_be_bytes([0, a, b, c]), 5),
        _ => return None,
    };
    Some((*tag, header, usize::try_from(len).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at<T>(result: Result<T, DerError>) -> usize {
        result.err().unwrap().at
    }

    #[test]
    fn elements_follow_each_other() {
        let mut der = Der::new(&[0x02, 0x01, 0x05, 0x30, 0x02, 0x05, 0x00]);
        assert_eq!(der.integer(), Ok(&[5][..]));
        let mut inner = der.sequence().unwrap();
        assert!(inner.required(tag::NULL).unwrap().is_empty());
        assert_eq!(inner.end(), Ok(()));
        assert_eq!(der.end(), Ok(()));
    }

    #[test]
    fn lengths_have_their_shortest_form() {
        assert!(Der::new(&[0x04, 0x81, 0x7f]).element().is_err(), "below 0x80 in the long form");
        assert!(Der::new(&[0x04, 0x82, 0x00, 0xff]).element().is_err(), "a leading zero");
        assert!(Der::new(&[0x04, 0x83, 0x00, 0x01, 0x00]).element().is_err(), "a leading zero");
        assert!(Der::new(&[0x24, 0x80, 0x00, 0x00]).element().is_err(), "indefinite");
        assert!(Der::new(&[0x04, 0x84, 0x01, 0x00, 0x00, 0x00]).element().is_err(), "beyond 16 MiB");
        for tag in [0x1f, 0x3f, 0x9f, 0xbf, 0xff] {
            assert!(Der::new(&[tag, 0x00]).element().is_err(), "a tag number of 31 and more: {tag:02x}");
        }
        for tag in [0x00, 0x1e, 0x20, 0x80, 0xfe] {
            assert_eq!(Der::new(&[tag, 0x00]).element().unwrap().tag, tag);
        }
        let long = [&[0x04, 0x81, 0x80][..], &[7; 0x80]].concat();
        assert_eq!(Der::new(&long).element().unwrap().content.rest(), [7; 0x80]);
        let longer = [&[0x04, 0x82, 0x01, 0x00][..], &[7; 0x100]].concat();
        assert_eq!(Der::new(&longer).element().unwrap().whole, longer);
    }

    #[test]
    fn errors_name_the_byte() {
        let bytes = [0x30, 0x05, 0x02, 0x01, 0x05, 0x01, 0x00, 0x02];
        let mut der = Der::new(&bytes);
        let mut inner = der.sequence().unwrap();
        inner.integer().unwrap();
        assert_eq!(at(inner.clone().sequence()), 5);
        assert_eq!(at(inner.flag()), 7, "the content of the BOOLEAN");
        assert_eq!(at(der.integer()), 7);
        assert_eq!(at(der.end()), 7);
    }

    #[test]
    fn integers_are_minimal_and_keys_positive() {
        for wrong in [&[0x02, 0x00][..], &[0x02, 0x02, 0x00, 0x7f], &[0x02, 0x02, 0xff, 0x80]] {
            assert!(Der::new(wrong).integer().is_err(), "{wrong:02x?}");
        }
        assert_eq!(Der::new(&[0x02, 0x02, 0x00, 0x80]).integer(), Ok(&[0x00, 0x80][..]));
        assert_eq!(Der::new(&[0x02, 0x02, 0x00, 0x80]).positive_integer(), Ok(&[0x80][..]));
        assert_eq!(Der::new(&[0x02, 0x01, 0x7f]).positive_integer(), Ok(&[0x7f][..]));
        assert!(Der::new(&[0x02, 0x01, 0x80]).positive_integer().is_err());
        assert!(Der::new(&[0x02, 0x01, 0x00]).positive_integer().is_err());
    }

    #[test]
    fn booleans_and_bit_strings_are_der() {
        assert_eq!(Der::new(&[0x01, 0x01, 0xff]).flag(), Ok(true));
        assert_eq!(Der::new(&[0x01, 0x01, 0x00]).flag(), Ok(false));
        assert_eq!(Der::new(&[]).flag(), Ok(false));
        assert!(Der::new(&[0x01, 0x01, 0x01]).flag().is_err());
        assert_eq!(Der::new(&[0x03, 0x02, 0x00, 0xaa]).bytes_of_bit_string(), Ok(&[0xaa][..]));
        assert!(Der::new(&[0x03, 0x02, 0x01, 0xaa]).bytes_of_bit_string().is_err());
        assert!(Der::new(&[0x03, 0x00]).bytes_of_bit_string().is_err());
    }
}
