//! Character encodings of INI files.

use core::str;

use super::{ByteOrder, NoRoom, Transcoder};

/// The character encoding of a file, from its byte order mark or, without one, from its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// UTF-8: the file has its byte order mark, or is valid UTF-8.
    ///
    /// ```
    /// # use lsam_ini::Encoding;
    /// assert_eq!(Encoding::of("name=Zürich".as_bytes()), Encoding::Utf8);
    /// ```
    Utf8,
    /// The ANSI code page Windows-1252: no byte order mark, and not valid UTF-8.
    ///
    /// ```
    /// # use lsam_ini::Encoding;
    /// assert_eq!(Encoding::of(b"name=Z\xfcrich"), Encoding::Windows1252);
    /// ```
    Windows1252,
    /// UTF-16, by its byte order mark.
    ///
    /// ```
    /// # use lsam_ini::{ByteOrder, Encoding};
    /// assert_eq!(Encoding::of(b"\xff\xfea\0=\0"), Encoding::Utf16(ByteOrder::Little));
    /// ```
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

/// The size of the buffer that [`to_utf8`] needs for `file`, in bytes: 0 unless the file is UTF-16.
pub fn utf8_room(file: &[u8]) -> usize {
    match Encoding::of(file) {
        // A code unit of two bytes becomes at most three, and so does half a unit at the end.
        Encoding::Utf16(_) => file.len().div_ceil(2).saturating_mul(3),
        Encoding::Utf8 | Encoding::Windows1252 => 0,
    }
}

/// Returns text that [`Reader`](super::Reader) can read: `file` itself or, for UTF-16, its UTF-8 form, which
/// is written to `buffer`.
///
/// Line numbers stay the same, and so do columns with only ASCII before them. Invalid UTF-16, such as an
/// unpaired surrogate, becomes U+FFFD.
///
/// ```
/// use lsam_ini::{NoRoom, to_utf8, utf8_room};
///
/// let file = b"\xff\xfea\0=\0\xac\x20";
/// let mut buffer = vec![0; utf8_room(file)];
/// assert_eq!(to_utf8(file, &mut buffer)?, "\u{feff}a=€".as_bytes());
/// assert_eq!(to_utf8(b"a=1", &mut [])?, b"a=1");
/// # Ok::<(), NoRoom>(())
/// ```
///
/// # Errors
/// [`NoRoom`] if `buffer` is shorter than the text; [`utf8_room`] is always enough.
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

/// The characters 0x80 to 0x9F of Windows-1252. The five that it leaves undefined are C1 controls, as on
/// Windows.
const FROM_80: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The character of a byte in Windows-1252.
pub(super) fn from_windows_1252(byte: u8) -> char {
    byte.checked_sub(0x80)
        .and_then(|above| FROM_80.get(usize::from(above)).copied())
        .unwrap_or(char::from(byte))
}

/// The byte of a character in Windows-1252, if it has one.
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
