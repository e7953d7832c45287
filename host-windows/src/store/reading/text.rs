//! Text as editors, shells and mail leave it: byte order marks, UTF-16, and Base64 in lines of any kind.

use base64ct::{Base64Unpadded, Encoding};
use zeroize::Zeroizing;

const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// Bytes of a file, or their conversion, which is wiped when dropped.
pub(super) enum Text<'f> {
    AsItWas(&'f [u8]),
    Converted(Zeroizing<Vec<u8>>),
}

impl AsRef<[u8]> for Text<'_> {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::AsItWas(text) => text,
            Self::Converted(text) => text,
        }
    }
}

/// `content` without its byte order mark, and in UTF-8 if it is UTF-16, as PowerShell's `>` and Notepad write
/// it. Other 8-bit encodings are left as they are: only ASCII is searched for.
pub(super) fn text(content: &[u8]) -> Text<'_> {
    match content {
        [0xff, 0xfe, rest @ ..] => Text::Converted(from_utf16(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => Text::Converted(from_utf16(rest, u16::from_be_bytes)),
        // Without a mark: ASCII in every other byte.
        [0x09..=0x7e, 0, 0x09..=0x7e, 0, ..] => Text::Converted(from_utf16(content, u16::from_le_bytes)),
        [0, 0x09..=0x7e, 0, 0x09..=0x7e, ..] => Text::Converted(from_utf16(content, u16::from_be_bytes)),
        _ => Text::AsItWas(content.strip_prefix(UTF8_MARK).unwrap_or(content)),
    }
}

fn from_utf16(content: &[u8], unit: fn([u8; 2]) -> u16) -> Zeroizing<Vec<u8>> {
    let (units, _) = content.as_chunks();
    // Allocated at full size: two bytes become at most three.
    let mut text = Zeroizing::new(Vec::with_capacity(units.len() * 3));
    for character in char::decode_utf16(units.iter().map(|bytes| unit(*bytes))) {
        let mut utf8 = [0; 4];
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        text.extend_from_slice(character.encode_utf8(&mut utf8).as_bytes());
    }
    text
}

/// Text that is not Base64: the line, counted from 0, of the first invalid character, if there is one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotBase64(pub(super) Option<usize>);

/// Decodes Base64 (RFC 4648 section 4) with any line ends, blanks and padding. A literal `\n` between lines
/// is accepted too, as in JSON. The buffer is allocated once, and wiped when dropped.
pub(super) fn from_base64(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotBase64> {
    let mut digits = Zeroizing::new(Vec::with_capacity(text.len()));
    let (mut rest, mut padding) = (text, 0);
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'\\' if matches!(after, [b'n' | b'r' | b't', ..]) => rest = &after[1..],
            b'=' => padding += 1,
            _ if byte.is_ascii_whitespace() || byte == b'\x0b' => {}
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => digits.push(byte),
            _ => return Err(NotBase64(Some(lines(&text[..text.len() - after.len() - 1])))),
        }
    }
    if padding > 2 || digits.is_empty() {
        return Err(NotBase64(None));
    }
    let length = Base64Unpadded::decode_in_place(&mut digits).map_err(|_| NotBase64(None))?.len();
    digits.truncate(length);
    Ok(digits)
}

/// The number of line ends in `text`: CR LF, LF, or CR.
pub(super) fn lines(text: &[u8]) -> usize {
    let mut before = 0;
    let mut lines = 0;
    for &byte in text {
        if byte == b'\r' || (byte == b'\n' && before != b'\r') {
            lines += 1;
        }
        before = byte;
    }
    lines
}

/// The first line of `text`, which is UTF-8 or UTF-16.
pub(crate) fn first_line(content: &[u8]) -> Option<Zeroizing<String>> {
    let text = text(content);
    let text = std::str::from_utf8(text.as_ref()).ok()?;
    Some(Zeroizing::new(text.split(['\r', '\n']).next().unwrap_or_default().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_utf_16_are_seen_through() {
        let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            text.encode_utf16().flat_map(bytes).collect()
        };
        let (little, big) = (u16::to_le_bytes, u16::to_be_bytes);
        for content in [
            b"a-\xc3\xbc".to_vec(),
            b"\xef\xbb\xbfa-\xc3\xbc".to_vec(),
            utf16("\u{feff}a-\u{fc}", little),
            utf16("\u{feff}a-\u{fc}", big),
            utf16("a-\u{fc}", little),
            utf16("a-\u{fc}", big),
        ] {
            assert_eq!(text(&content).as_ref(), "a-\u{fc}".as_bytes(), "{content:x?}");
        }
        assert_eq!(text(b"M\xfcnchen").as_ref(), b"M\xfcnchen");
        assert_eq!(first_line(b"\xff\xfeg\0e\0\r\0\n\0").unwrap().as_str(), "ge");
        assert_eq!(first_line(b"\xfc"), None);
    }

    #[test]
    fn base64_is_read_in_whatever_lines() {
        for text in ["AQID", "AQ\r\nID\r\n", " AQ ID\t", "AQ\rID", r"\nAQID\n", r"AQ\r\nID"] {
            assert_eq!(from_base64(text.as_bytes()).unwrap().as_slice(), [1, 2, 3], "{text}");
        }
        for text in ["AQI=", "AQI", "AQI=\n", "AQI =="] {
            assert_eq!(from_base64(text.as_bytes()).unwrap().as_slice(), [1, 2], "{text}");
        }
        for (text, line) in
            [("AQ\nI!D", Some(1)), ("AQ==ID", Some(0)), ("A", None), ("", None), ("AQI===", None)]
        {
            assert_eq!(from_base64(text.as_bytes()), Err(NotBase64(line)), "{text}");
        }
    }

    #[test]
    fn each_system_ends_its_lines() {
        assert_eq!([lines(b"a\nb\n"), lines(b"a\r\nb\r\n"), lines(b"a\rb\r"), lines(b"a")], [2, 2, 2, 0]);
    }
}
