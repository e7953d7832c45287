//! Attributes of distinguished names (RFC 5280 section 4.1.2.4), and how they are shown (RFC 4514 section
//! 2.3).

use core::fmt;

use super::folding::folded;
use crate::der::{Der, DerError, Element, tag};

/// The attribute types of RFC 4514 section 3, and others that have names in the dialogs of Windows and in
/// openssl. The first name is shown; all are accepted.
const TYPES: &[(&[u8], &[&str])] = &[
    (COMMON_NAME, &["CN"]),
    (&[0x55, 0x04, 0x04], &["SN"]),
    (&[0x55, 0x04, 0x05], &["serialNumber"]),
    (&[0x55, 0x04, 0x06], &["C"]),
    (&[0x55, 0x04, 0x07], &["L"]),
    (&[0x55, 0x04, 0x08], &["ST", "S"]),
    (&[0x55, 0x04, 0x09], &["STREET"]),
    (&[0x55, 0x04, 0x0a], &["O"]),
    (&[0x55, 0x04, 0x0b], &["OU"]),
    (&[0x55, 0x04, 0x0c], &["title", "T"]),
    (&[0x55, 0x04, 0x2a], &["givenName", "G", "GN"]),
    (b"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", &["UID"]),
    (b"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", &["DC"]),
    (EMAIL_ADDRESS, &["emailAddress", "E"]),
];
/// id-at-commonName, 2.5.4.3
pub(super) const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// emailAddress of PKCS #9, 1.2.840.113549.1.9.1
const EMAIL_ADDRESS: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01";

/// An attribute type and its value, shown as RFC 4514 section 2.3 writes them: `CN=server.example`.
#[derive(Clone, Copy)]
pub struct Attribute<'a> {
    pub(super) oid: &'a [u8],
    pub(super) value: AttributeValue<'a>,
}

impl<'a> Attribute<'a> {
    /// The mail address, if the type is emailAddress.
    pub(in crate::x509) fn mail_address(&self) -> Option<AttributeValue<'a>> {
        (self.oid == EMAIL_ADDRESS).then_some(self.value)
    }

    /// The value.
    pub const fn value(&self) -> AttributeValue<'a> {
        self.value
    }

    /// Whether `name`, such as `CN` or `ou`, is a name of this type.
    pub fn is_type(&self, name: &str) -> bool {
        self.names().iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    fn names(&self) -> &'static [&'static str] {
        TYPES.iter().find(|(oid, _)| *oid == self.oid).map_or(&[], |(_, names)| names)
    }
}

impl fmt::Display for Attribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.names() {
            [name, ..] => write!(f, "{name}={}", self.value),
            // RFC 4514 section 2.4: if a type has no name, the value is shown in hexadecimal.
            [] => {
                oid(f, self.oid)?;
                f.write_str("=#")?;
                self.value.der.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

impl fmt::Debug for Attribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attribute({self})")
    }
}

/// The value of an attribute.
///
/// It is shown with the escapes of RFC 4514 section 2.4, or in hexadecimal if it is not text. Characters that
/// could mislead the reader of a log, such as control characters and marks that reverse the writing
/// direction, are escaped too.
#[derive(Clone, Copy)]
pub struct AttributeValue<'a> {
    pub(super) der: &'a [u8],
    tag: u8,
    content: &'a [u8],
}

impl<'a> AttributeValue<'a> {
    /// Whether the value equals `text` under caseIgnoreMatch (RFC 4517 section 4.2.11): case, spaces around
    /// it and repeated spaces inside it are ignored.
    pub fn is_text(&self, text: impl Iterator<Item = char>) -> bool {
        self.chars().is_some_and(|chars| folded(chars).eq(folded(text)))
    }

    /// The characters. None if the value is not text in the encoding that its tag declares.
    pub fn chars(&self) -> Option<impl Iterator<Item = char> + Clone + use<'a>> {
        Characters::new(self.tag, self.content)
    }
}

impl fmt::Display for AttributeValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(chars) = self.chars() else {
            f.write_str("#")?;
            return self.der.iter().try_for_each(|byte| write!(f, "{byte:02x}"));
        };
        let mut chars = chars.enumerate().peekable();
        while let Some((n, c)) = chars.next() {
            let at_the_edge = n == 0 || chars.peek().is_none();
            match c {
                '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(f, "\\{c}")?,
                '#' if n == 0 => f.write_str("\\#")?,
                ' ' if at_the_edge => f.write_str("\\ ")?,
                _ if deceives(c) => {
                    c.encode_utf8(&mut [0; 4]).bytes().try_for_each(|byte| write!(f, "\\{byte:02x}"))?;
                }
                _ => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for AttributeValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AttributeValue({self})")
    }
}

/// The characters of the string types of X.520.
#[derive(Clone)]
enum Characters<'a> {
    Utf8(core::str::Chars<'a>),
    Latin1(core::slice::Iter<'a, u8>),
    Utf16(&'a [u8]),
    Utf32(&'a [u8]),
}

impl<'a> Characters<'a> {
    fn new(tag: u8, content: &'a [u8]) -> Option<Self> {
        match tag {
            tag::UTF8_STRING => Some(Self::Utf8(str::from_utf8(content).ok()?.chars())),
            tag::NUMERIC_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING | tag::VISIBLE_STRING
                if content.is_ascii() =>
            {
                Some(Self::Latin1(content.iter()))
            }
            // T.61 by definition, ISO 8859-1 in practice.
            tag::TELETEX_STRING => Some(Self::Latin1(content.iter())),
            tag::BMP_STRING if content.len().is_multiple_of(2) => Some(Self::Utf16(content)),
            tag::UNIVERSAL_STRING if content.len().is_multiple_of(4) => Some(Self::Utf32(content)),
            _ => None,
        }
    }
}

impl Iterator for Characters<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self {
            Self::Utf8(chars) => chars.next(),
            Self::Latin1(bytes) => bytes.next().map(|byte| char::from(*byte)),
            Self::Utf16(units) => {
                let (unit, rest) = units.split_first_chunk()?;
                *units = rest;
                Some(char::from_u32(u16::from_be_bytes(*unit).into()).unwrap_or(char::REPLACEMENT_CHARACTER))
            }
            Self::Utf32(units) => {
                let (unit, rest) = units.split_first_chunk()?;
                *units = rest;
                Some(char::from_u32(u32::from_be_bytes(*unit)).unwrap_or(char::REPLACEMENT_CHARACTER))
            }
        }
    }
}

/// Whether `c` is a control character, or an invisible mark that changes how its neighbours look.
fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
        )
}

/// Parses a SEQUENCE { type, value }.
pub(super) fn attribute<'a>(set: &mut Der<'a>) -> Result<Attribute<'a>, DerError> {
    let mut attribute = set.sequence()?;
    let oid = attribute.required(tag::OBJECT_IDENTIFIER)?.rest();
    let Element { tag, whole, content } = attribute.element()?;
    attribute.end()?;
    Ok(Attribute { oid, value: AttributeValue { der: whole, tag, content: content.rest() } })
}

/// The attributes of one SET that has been parsed before.
pub(super) fn attributes(mut set: Der<'_>) -> impl Iterator<Item = Attribute<'_>> {
    core::iter::from_fn(move || attribute(&mut set).ok())
}

/// Writes an object identifier in dotted form (ITU-T X.690 section 8.19).
fn oid(f: &mut fmt::Formatter<'_>, oid: &[u8]) -> fmt::Result {
    let mut arc = 0_u64;
    let mut is_first = true;
    for byte in oid {
        arc = arc.checked_shl(7).unwrap_or_default() | u64::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        if is_first {
            let root = (arc / 40).min(2);
            write!(f, "{root}.{}", arc - root * 40)?;
            is_first = false;
        } else {
            write!(f, ".{arc}")?;
        }
        arc = 0;
    }
    Ok(())
}
