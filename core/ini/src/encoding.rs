//! Which bytes stand for which characters in a file.

use core::{fmt, str};

use super::{ByteOrder, Transcoder};

/// How the characters of a file are written as bytes.
///
/// An INI file says it with a byte order mark, or leaves it to be found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8: with its byte order mark, or because all bytes are UTF-8.
    Utf8,
    /// The ANSI code page Windows-1252: without a mark, and not UTF-8.
    Windows1252,
    /// UTF-16, by its byte order mark.
    Utf16(ByteOrder),
}

impl Encoding {
    /// The encoding of `file`.
    pub fn of(file: &[u8]) -> Self {
        match file {
            [0xff, 0xfe, ..] => Self::Utf16(ByteOrder::Little),
            [0xfe, 0xff, ..] => Self::Utf16(ByteOrder::Big),
            [0xef, 0xbb, 0xbf, ..] => Self::Utf8,
            _ if str::from_utf8(file).is_ok() => Self::Utf8,
            _ => Self::Windows1252,
        }
    }
}

/// The buffer that [`to_utf8`] needs for `file`, in bytes: none, unless the file is UTF-16.
pub fn utf8_room(file: &[u8]) -> usize {
    match Encoding::of(file) {
        // A unit of two bytes is at most three, and half a unit at the end is a character too.
        Encoding::Utf16(_) => file.len().div_ceil(2).saturating_mul(3),
        Encoding::Utf8 | Encoding::Windows1252 => 0,
    }
}

/// What [`Reader`](super::Reader) reads: `file` itself, or what a file in UTF-16 is in UTF-8, written to `buffer`.
///
/// Lines stay the same, as do columns with nothing but ASCII before them. What is no character in UTF-16, such as half
/// of a surrogate pair, becomes U+FFFD.
///
/// # Errors
/// [`NoRoom`] when `buffer` has fewer bytes than the text; [`utf8_room`] is always enough.
pub fn to_utf8<'t>(file: &'t [u8], buffer: &'t mut [u8]) -> Result<&'t [u8], NoRoom> {
    let Encoding::Utf16(order) = Encoding::of(file) else { return Ok(file) };
    let mut transcoder = Transcoder::new(order);
    let progress = transcoder.transcode(file, buffer);
    if progress.read < file.len() {
        return Err(NoRoom);
    }
    let last = transcoder.finish(buffer.get_mut(progress.written..).unwrap_or_default())?;
    buffer.get(..progress.written + last).ok_or(NoRoom)
}

/// The buffer is too small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRoom;

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the text is longer than the buffer that is there for it")
    }
}

impl core::error::Error for NoRoom {}

/// The characters of the bytes from 80 to 9F in code page 1252; the five that it leaves undefined are the C1 controls,
/// as in Windows.
const FROM_80: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The character of a byte in code page 1252.
pub(super) fn from_windows_1252(byte: u8) -> char {
    byte.checked_sub(0x80)
        .and_then(|above| FROM_80.get(usize::from(above)).copied())
        .unwrap_or(char::from(byte))
}

/// The byte of a character in code page 1252, when it has one.
pub(super) fn to_windows_1252(c: char) -> Option<u8> {
    match u8::try_from(c) {
        Ok(byte @ (..0x80 | 0xa0..)) => Some(byte),
        _ => (0x80..).zip(FROM_80).find(|(_, known)| *known == c).map(|(byte, _)| byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ansi_byte_has_a_character_and_back() {
        assert_eq!(from_windows_1252(0x7f), '\u{7f}');
        assert_eq!(from_windows_1252(0x80), '€');
        assert_eq!(from_windows_1252(0x9f), 'Ÿ');
        assert_eq!(from_windows_1252(0xa0), '\u{a0}');
        assert_eq!(from_windows_1252(0xff), 'ÿ');
        for byte in 0..=u8::MAX {
            assert_eq!(to_windows_1252(from_windows_1252(byte)), Some(byte));
        }
        for c in ['\u{80}', '\u{9f}', '\u{100}', '\u{fffd}', '𝄞'] {
            assert_eq!(to_windows_1252(c), None, "{c:?}");
        }
    }

    #[test]
    fn a_mark_says_the_encoding_and_the_bytes_say_the_rest() {
        for (file, encoding) in [
            (b"".as_slice(), Encoding::Utf8),
            (b"a=1", Encoding::Utf8),
            (b"a=\xc3\xbc", Encoding::Utf8),
            (b"\xef\xbb\xbfa=\xfc", Encoding::Utf8),
            (b"a=\xfc", Encoding::Windows1252),
            (b"\xff\xfe", Encoding::Utf16(ByteOrder::Little)),
            (b"\xfe\xff\0a", Encoding::Utf16(ByteOrder::Big)),
        ] {
            assert_eq!(Encoding::of(file), encoding, "{file:?}");
        }
    }

    #[test]
    fn only_utf_16_is_written_anew() {
        assert_eq!(to_utf8(b"a=\xfc", &mut []), Ok(b"a=\xfc".as_slice()));
        assert_eq!(utf8_room(b"a=\xfc"), 0);

        let file = b"\xff\xfea\0=\0\xac\x20";
        let mut buffer = [0; 12];
        assert_eq!(utf8_room(file), buffer.len());
        assert_eq!(to_utf8(file, &mut buffer), Ok("\u{feff}a=€".as_bytes()));
        assert_eq!(to_utf8(file, buffer.get_mut(..8).unwrap()), Ok("\u{feff}a=€".as_bytes()));
        assert_eq!(to_utf8(file, buffer.get_mut(..7).unwrap()), Err(NoRoom));
        assert!(std::format!("{NoRoom}").contains("buffer"));
        assert_eq!(to_utf8(b"\xff\xfea", &mut buffer), Ok("\u{feff}\u{fffd}".as_bytes()));
    }
}
