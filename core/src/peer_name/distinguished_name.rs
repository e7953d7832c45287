//! Distinguished names as administrators type and paste them: as in RFC 4514, and as Windows and openssl show
//! them.

use crate::x509::{Attribute, AttributeValue, Name};

/// Maximum number of attributes in a typed name.
const MAX_ATTRIBUTES: usize = 32;

/// Whether `text`, such as `CN=agent, O="Example, Inc."`, is `name`.
///
/// Case, spaces around parts and repeated spaces inside them are ignored. RFC 4514 and Windows show the most
/// specific part first, openssl the most general one: both orders match. The attributes of one part
/// (`CN=agent+OU=Test`) also match in the order of the certificate or in reverse.
pub(super) fn is_subject(text: &str, name: &Name<'_>) -> bool {
    let count = parts(text).take(MAX_ATTRIBUTES + 1).count();
    if count > MAX_ATTRIBUTES || name.attributes().take(count + 1).count() != count {
        return false;
    }
    let is = |attributes: &mut dyn Iterator<Item = Attribute<'_>>| {
        parts(text).zip(attributes).all(|(part, attribute)| fits(part, &attribute))
    };
    let reversed = (0..count).rev().filter_map(|n| name.attributes().nth(n));
    is(&mut name.attributes()) || is(&mut name.attributes_as_shown()) || is(&mut { reversed })
}

fn fits(part: &str, attribute: &Attribute<'_>) -> bool {
    let Some((kind, value)) = part.split_once('=') else { return false };
    attribute.is_type(kind.trim()) && is_value(value, &attribute.value())
}

/// Splits `text` at separators that are neither escaped nor quoted.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest?;
        let (mut is_escaped, mut is_quoted) = (false, false);
        let end = text.find(|c| {
            let separates = !is_escaped && !is_quoted && matches!(c, ',' | ';' | '+');
            is_quoted ^= c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            separates
        });
        let (part, others) = match end {
            Some(end) => (text.get(..end)?, text.get(end + 1..)),
            None => (text, None),
        };
        rest = others;
        Some(part)
    })
}

/// Whether the typed `text`, which may be quoted, is `value`.
fn is_value(text: &str, value: &AttributeValue<'_>) -> bool {
    // The comparison ignores spaces around the value. They are not trimmed here, because the last one may be
    // escaped.
    let quoted = text.trim().strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let text = quoted.unwrap_or(text);
    value.is_text(unescaped(text))
}

/// Resolves the escapes of RFC 4514 section 2.4: a backslash before a character, or before the two
/// hexadecimal digits of an ASCII byte.
fn unescaped(text: &str) -> impl Iterator<Item = char> {
    let mut rest = text.chars();
    core::iter::from_fn(move || {
        let c = rest.next()?;
        if c != '\\' {
            return Some(c);
        }
        let mut pair = rest.clone();
        let digits = (pair.next().and_then(|c| c.to_digit(16)), pair.next().and_then(|c| c.to_digit(16)));
        if let (Some(high @ 0..=7), Some(low)) = digits {
            rest = pair;
            return char::from_u32(high << 4 | low);
        }
        Some(rest.next().unwrap_or('\\'))
    })
}

#[cfg(test)]
mod tests {
    use std::{string::ToString, vec::Vec};

    use lsam_testing::der::tlv;

    use super::*;

    /// A SEQUENCE of an attribute type below 2.5.4 and a UTF8String.
    fn attribute(id: u8, value: &str) -> Vec<u8> {
        tlv(0x30, &[tlv(0x06, &[0x55, 0x04, id]), tlv(0x0c, value.as_bytes())].concat())
    }

    #[test]
    fn a_name_is_what_it_is_shown_as() {
        let with_two = [attribute(3, "agent"), attribute(11, "Test")].concat();
        let parts = [tlv(0x31, &attribute(10, "Example, Inc.")), tlv(0x31, &with_two)].concat();
        let der = tlv(0x30, &parts);
        let name = Name::from_der(&der).unwrap();
        assert_eq!(name.to_string(), "CN=agent+OU=Test,O=Example\\, Inc.");
        assert!(is_subject(&name.to_string(), &name));
        assert!(is_subject("OU=Test+CN=agent,O=Example\\, Inc.", &name), "the whole in reverse");
        assert!(is_subject("O=\"Example, Inc.\" , CN=agent + OU=Test", &name));
        assert!(!is_subject("O=\"Example, Inc.\", OU=Test + CN=agent", &name));
        for value in [" agent ", " ", "\\", "a\\", "\"a\"", "#a", "a=b", "", "a\n"] {
            let der = tlv(0x30, &tlv(0x31, &attribute(3, value)));
            let name = Name::from_der(&der).unwrap();
            assert!(is_subject(&name.to_string(), &name), "{value:?}, shown as {name}");
        }
    }

    #[test]
    fn a_typed_name_has_at_most_32_attributes() {
        for (count, matches) in [(31, true), (32, true), (33, false)] {
            let sets = tlv(0x31, &attribute(3, "")).repeat(count);
            let der = tlv(0x30, &sets);
            let name = Name::from_der(&der).unwrap();
            let text = ["CN="].repeat(count).join(",");
            assert_eq!(is_subject(&text, &name), matches, "{count}");
            assert!(!is_subject(&["CN="].repeat(count - 1).join(","), &name), "one left out of {count}");
            assert!(!is_subject(&["CN="].repeat(count + 1).join(","), &name), "one more than {count}");
        }
    }
}
