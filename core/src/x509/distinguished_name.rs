//! Distinguished names (RFC 5280 section 4.1.2.4) and their text (RFC 4514).

use core::fmt;

use heapless::Vec;

use super::der::{Der, DerError, Element, tag};

/// How many parts of a name are shown; the least specific ones of a longer name are left out.
const SHOWN: usize = 32;

/// The attribute types of RFC 4514 section 3, and those that the dialogs of Windows and openssl name besides. The
/// first name is the one that is shown; all are understood.
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
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", &["emailAddress", "E"]),
];
/// id-at-commonName, 2.5.4.3
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

/// A distinguished name: a SEQUENCE of relative distinguished names, the most general first.
///
/// It is shown as RFC 4514 writes it, the most specific part first: `CN=agent.example,O=Example`. What could deceive
/// the reader of a log, such as control characters and marks that turn the direction of writing, is escaped.
///
/// ```text
/// Name ::= SEQUENCE OF SET OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Name<'a> {
    der: &'a [u8],
}

impl<'a> Name<'a> {
    /// Reads a name and checks its shape.
    pub(super) fn parse(der: &mut Der<'a>) -> Result<Self, DerError> {
        let error = der.error();
        let element = der.element()?;
        if element.tag != tag::SEQUENCE {
            return Err(error);
        }
        let mut names = element.content;
        while !names.is_empty() {
            let mut set = names.expect(tag::SET)?;
            // SIZE (1..MAX)
            attribute(&mut set)?;
            while !set.is_empty() {
                attribute(&mut set)?;
            }
        }
        Ok(Self { der: element.whole })
    }

    /// The whole encoding, with the tag. Names are compared by it.
    pub const fn der(&self) -> &'a [u8] {
        self.der
    }

    /// Whether there is no attribute in it.
    pub fn is_empty(&self) -> bool {
        self.relative_names().next().is_none()
    }

    /// The most specific common name.
    pub fn common_name(&self) -> Option<AttributeValue<'a>> {
        self.attributes()
            .filter(|attribute| attribute.oid == COMMON_NAME)
            .last()
            .map(|attribute| attribute.value)
    }

    /// Every attribute, the most general first.
    pub(super) fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        self.relative_names().flat_map(attributes)
    }

    /// The content of each SET.
    fn relative_names(&self) -> impl Iterator<Item = Der<'a>> + use<'a> {
        let mut names = Der::new(self.der).sequence().unwrap_or(Der::new(&[]));
        core::iter::from_fn(move || names.expect(tag::SET).ok())
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left_out = self.relative_names().count().saturating_sub(SHOWN);
        let names: Vec<Der<'_>, SHOWN> = self.relative_names().skip(left_out).take(SHOWN).collect();
        for (n, name) in names.iter().rev().enumerate() {
            if n > 0 {
                f.write_str(",")?;
            }
            for (n, attribute) in attributes(*name).enumerate() {
                if n > 0 {
                    f.write_str("+")?;
                }
                attribute.fmt(f)?;
            }
        }
        if left_out > 0 { f.write_str(",...") } else { Ok(()) }
    }
}

impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

/// An attribute type and its value.
#[derive(Clone, Copy)]
pub(super) struct Attribute<'a> {
    oid: &'a [u8],
    pub(super) value: AttributeValue<'a>,
}

impl Attribute<'_> {
    /// Whether `name`, in upper or lower case, names this type.
    pub(super) fn is_type(&self, name: &str) -> bool {
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
            // RFC 4514 section 2.4: a type without a name goes with the value in hexadecimal.
            [] => {
                oid(f, self.oid)?;
                f.write_str("=#")?;
                self.value.der.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

/// The value of an attribute.
///
/// It is shown escaped as RFC 4514 section 2.4 says, or in hexadecimal when it is no text.
#[derive(Clone, Copy)]
pub struct AttributeValue<'a> {
    der: &'a [u8],
    tag: u8,
    content: &'a [u8],
}

impl<'a> AttributeValue<'a> {
    /// The characters, or none when the value is no text in the encoding that its tag says.
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
    Utf16(core::slice::ChunksExact<'a, u8>),
}

impl<'a> Characters<'a> {
    fn new(tag: u8, content: &'a [u8]) -> Option<Self> {
        match tag {
            tag::UTF8_STRING => Some(Self::Utf8(str::from_utf8(content).ok()?.chars())),
            tag::PRINTABLE_STRING | tag::IA5_STRING if content.is_ascii() => {
                Some(Self::Latin1(content.iter()))
            }
            // T.61 by its name, ISO 8859-1 in practice.
            tag::TELETEX_STRING => Some(Self::Latin1(content.iter())),
            tag::BMP_STRING if content.len().is_multiple_of(2) => Some(Self::Utf16(content.chunks_exact(2))),
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
            Self::Utf16(units) => units.next().map(|unit| {
                let unit = unit.iter().fold(0, |unit, byte| unit << 8 | u32::from(*byte));
                char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)
            }),
        }
    }
}

/// Control characters, and marks without an own glyph that change how their neighbours look.
fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Reads a SEQUENCE { type, value }.
fn attribute<'a>(set: &mut Der<'a>) -> Result<Attribute<'a>, DerError> {
    let mut attribute = set.sequence()?;
    let oid = attribute.expect(tag::OBJECT_IDENTIFIER)?.rest();
    let Element { tag, whole, content } = attribute.element()?;
    attribute.end()?;
    Ok(Attribute { oid, value: AttributeValue { der: whole, tag, content: content.rest() } })
}

/// The attributes of one SET, whose shape has been checked.
fn attributes(mut set: Der<'_>) -> impl Iterator<Item = Attribute<'_>> {
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

#[cfg(test)]
mod tests {
    use std::{
        string::{String, ToString},
        vec::Vec,
    };

    use super::*;

    fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
        [&[tag, content.len().try_into().unwrap()], content].concat()
    }

    /// A SET of one attribute.
    fn part(oid: &[u8], tag: u8, value: &[u8]) -> Vec<u8> {
        tlv(0x31, &tlv(0x30, &[tlv(0x06, oid), tlv(tag, value)].concat()))
    }

    fn shown(name: &[u8]) -> String {
        Name::parse(&mut Der::new(name)).unwrap().to_string()
    }

    fn shown_common_name(tag: u8, value: &[u8]) -> String {
        shown(&tlv(0x30, &part(COMMON_NAME, tag, value)))
    }

    #[test]
    fn the_most_specific_part_is_shown_first() {
        let der = [
            0x30, 0x2f, 0x31, 0x0b, 0x30, 0x09, 0x06, 0x03, 0x55, 0x04, 0x06, 0x13, 0x02, b'D', b'E', 0x31,
            0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55, 0x04, 0x0a, 0x0c, 0x03, b'A', b'C', b'E', 0x31, 0x12, 0x30,
            0x10, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x09, b'a', b'g', b'e', b'n', b't', b'.', b'l', b'a',
            b'n',
        ];
        assert_eq!(shown(&der), "CN=agent.lan,O=ACE,C=DE");
        assert_eq!(Name::parse(&mut Der::new(&der)).unwrap().der(), der);
    }

    #[test]
    fn several_attributes_of_one_part_are_joined() {
        let one = |oid: &[u8], value: &[u8]| tlv(0x30, &[tlv(0x06, oid), tlv(0x0c, value)].concat());
        let set = tlv(0x31, &[one(COMMON_NAME, b"a"), one(&[0x55, 0x04, 0x0b], b"b")].concat());
        assert_eq!(shown(&tlv(0x30, &set)), "CN=a+OU=b");
    }

    #[test]
    fn what_has_a_meaning_in_the_text_is_escaped() {
        for (value, expected) in [
            ("Example, Inc.", "CN=Example\\, Inc."),
            (" #a+b ", "CN=\\ #a\\+b\\ "),
            ("#1", "CN=\\#1"),
            ("a\"b\\c<d>e;f", "CN=a\\\"b\\\\c\\<d\\>e\\;f"),
            ("a=b", "CN=a=b"),
            (" ", "CN=\\ "),
            ("Zürich", "CN=Zürich"),
            ("", "CN="),
        ] {
            assert_eq!(shown_common_name(0x0c, value.as_bytes()), expected);
        }
    }

    #[test]
    fn what_deceives_in_a_log_is_escaped() {
        assert_eq!(shown_common_name(0x0c, b"a\nb\0c\x1b[2J\x7f"), "CN=a\\0ab\\00c\\1b[2J\\7f");
        assert_eq!(shown_common_name(0x0c, "a\u{202e}b".as_bytes()), "CN=a\\e2\\80\\aeb");
    }

    #[test]
    fn every_kind_of_string_is_text() {
        assert_eq!(shown_common_name(tag::PRINTABLE_STRING, b"abc"), "CN=abc");
        assert_eq!(shown_common_name(tag::IA5_STRING, b"abc"), "CN=abc");
        assert_eq!(shown_common_name(tag::TELETEX_STRING, b"Z\xfcrich"), "CN=Zürich");
        assert_eq!(shown_common_name(tag::BMP_STRING, &[0x00, b'Z', 0x00, 0xfc, 0x20, 0xac]), "CN=Zü€");
        // No text after all.
        assert_eq!(shown_common_name(tag::UTF8_STRING, &[0xff]), "CN=#0c01ff");
        assert_eq!(shown_common_name(tag::BMP_STRING, &[0x00]), "CN=#1e0100");
        assert_eq!(shown_common_name(tag::INTEGER, &[0x05]), "CN=#020105");
    }

    #[test]
    fn types_without_a_name_are_shown_by_number() {
        assert_eq!(shown(&tlv(0x30, &part(&[0x55, 0x04, 0x41], 0x0c, b"x"))), "2.5.4.65=#0c0178");
        assert_eq!(
            shown(&tlv(0x30, &part(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 5, b""))),
            "1.2.840.113549.1.1.1=#0500"
        );
        assert_eq!(shown(&tlv(0x30, &part(b"\x88\x37", 5, b""))), "2.999=#0500");
        shown(&tlv(0x30, &part(&[0xff; 60], 5, b"")));
    }

    #[test]
    fn a_long_name_is_cut() {
        let name = part(COMMON_NAME, 0x0c, b"x").repeat(40);
        let der = [&[0x30, 0x82], &u16::try_from(name.len()).unwrap().to_be_bytes()[..], &name].concat();
        let shown = shown(&der);
        assert_eq!(shown.matches("CN=x").count(), SHOWN);
        assert!(shown.ends_with(",..."));
    }

    #[test]
    fn the_last_common_name_counts() {
        let der =
            tlv(0x30, &[part(COMMON_NAME, 0x0c, b"general"), part(COMMON_NAME, 0x13, b"specific")].concat());
        let name = Name::parse(&mut Der::new(&der)).unwrap();
        assert_eq!(name.common_name().unwrap().to_string(), "specific");
        assert!(!name.is_empty());
    }

    #[test]
    fn a_name_may_be_empty_but_not_malformed() {
        let empty = Name::parse(&mut Der::new(&[0x30, 0x00])).unwrap();
        assert!(empty.is_empty());
        assert!(empty.common_name().is_none());
        assert_eq!(empty.to_string(), "");
        for wrong in [&[0x31, 0x00][..], &[0x30, 0x02, 0x31, 0x00], &[0x30, 0x04, 0x31, 0x02, 0x30, 0x00]] {
            assert!(Name::parse(&mut Der::new(wrong)).is_err(), "{wrong:02x?}");
        }
    }
}
