//! Distinguished names as administrators type and paste them (RFC 4514, and how Windows shows them).

use super::{Name, distinguished_name::AttributeValue};

/// How many attributes a typed name may have.
const MAX_ATTRIBUTES: usize = 32;

/// Whether `text`, such as `CN=agent, O="Example, Inc."`, is `name`.
///
/// Spaces around parts and repeated ones inside do not count, nor does case. RFC 4514 and Windows show the most
/// specific part first, openssl the most general: both orders are understood.
pub(super) fn is_name(text: &str, name: &Name<'_>) -> bool {
    let count = parts(text).take(MAX_ATTRIBUTES + 1).count();
    if count > MAX_ATTRIBUTES || name.attributes().take(count + 1).count() != count {
        return false;
    }
    let fits = |part: &str, n: usize| {
        name.attributes().nth(n).is_some_and(|attribute| {
            let Some((kind, value)) = part.split_once('=') else { return false };
            attribute.is_type(kind.trim()) && is_value(value.trim(), &attribute.value)
        })
    };
    parts(text).enumerate().all(|(n, part)| fits(part, n))
        || parts(text).enumerate().all(|(n, part)| count.checked_sub(n + 1).is_some_and(|n| fits(part, n)))
}

/// The parts between separators that are neither escaped nor quoted.
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

/// Whether the typed `text`, possibly quoted, is `value`.
fn is_value(text: &str, value: &AttributeValue<'_>) -> bool {
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let Some(chars) = value.chars() else { return false };
    folded(unescaped(text)).eq(folded(chars))
}

/// Takes the escapes of RFC 4514 section 2.4 away: a backslash before a character, or before two digits of a byte, of
/// which only those of ASCII are understood.
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

/// In lower case, without spaces at the ends and with single ones between words (RFC 4518 section 2.6.1).
fn folded(chars: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let mut chars = chars.skip_while(|c| c.is_whitespace()).peekable();
    core::iter::from_fn(move || {
        let c = chars.next()?;
        if !c.is_whitespace() {
            return Some(c.to_ascii_lowercase());
        }
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        chars.peek().map(|_| ' ')
    })
}
