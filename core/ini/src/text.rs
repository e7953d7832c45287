//! Names and values as a file contains them: bytes of UTF-8 or Windows-1252.

use core::{fmt, slice, str};

use super::encoding::from_windows_1252;

/// A name, value or comment of a file.
///
/// An INI file does not declare its code page. Bytes that are valid UTF-8 are read as UTF-8, all others as
/// Windows-1252. The encoding of each text is decided separately, because tools that disagree on the code
/// page leave both in a file.
///
/// [`Display`](fmt::Display) is safe for logs: control and invisible characters are escaped, and a precision
/// (`{:.40}`) shortens long text.
///
/// ```
/// use lsam_ini::Text;
///
/// let ansi = Text::new(b"Z\xfcrich");
/// assert_eq!(ansi.as_str(), None);
/// assert_eq!(ansi.to_string(), "Zürich");
/// assert_eq!(Text::from("a\x1b[2J").to_string(), "a\\u{1b}[2J");
/// assert_eq!(format!("{:.4}", Text::from("a long text")), "a lo…");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    /// The text in `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes as in the file.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The text, if it is UTF-8.
    pub fn as_str(&self) -> Option<&'a str> {
        str::from_utf8(self.0).ok()
    }

    /// Whether the text is empty.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is `name`, ignoring the case of ASCII letters.
    pub const fn is(&self, name: &str) -> bool {
        self.0.eq_ignore_ascii_case(name.as_bytes())
    }

    /// The characters.
    pub fn chars(&self) -> Chars<'a> {
        Chars(match str::from_utf8(self.0) {
            Ok(text) => CharsOf::Utf8(text.chars()),
            Err(_) => CharsOf::Windows1252(self.0.iter()),
        })
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(text.as_bytes())
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;

        let mut chars = self.chars();
        let most = f.precision().unwrap_or(usize::MAX);
        for c in chars.by_ref().take(most) {
            if c.is_control() || is_invisible(c) {
                write!(f, "{}", c.escape_unicode())?;
            } else {
                f.write_char(c)?;
            }
        }
        if chars.next().is_some() { f.write_char('…') } else { Ok(()) }
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// The characters of a [`Text`].
#[derive(Clone, Debug)]
pub struct Chars<'a>(CharsOf<'a>);

#[derive(Clone, Debug)]
enum CharsOf<'a> {
    Utf8(str::Chars<'a>),
    Windows1252(slice::Iter<'a, u8>),
}

impl Iterator for Chars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match &mut self.0 {
            CharsOf::Utf8(chars) => chars.next(),
            CharsOf::Windows1252(bytes) => bytes.next().map(|byte| from_windows_1252(*byte)),
        }
    }
}

/// The value of a property, possibly quoted.
///
/// ```
/// use lsam_ini::Value;
///
/// let value = Value::new(b"\" two words \"");
/// assert!(value.is_quoted());
/// assert_eq!(value.text().as_str(), Some(" two words "));
/// assert_eq!(value.raw().as_str(), Some("\" two words \""));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Value<'a>(&'a [u8]);

impl<'a> Value<'a> {
    /// The value in `bytes`, which have no blanks around them.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The value as in the file, quotes included.
    pub const fn raw(&self) -> Text<'a> {
        Text(self.0)
    }

    /// Whether the whole value is in single or double quotes.
    pub const fn is_quoted(&self) -> bool {
        matches!(self.0, [b'"', .., b'"'] | [b'\'', .., b'\''])
    }

    /// The value without the pair of quotes around the whole of it, if any.
    pub const fn text(&self) -> Text<'a> {
        match self.0 {
            [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => Text(inner),
            bytes => Text(bytes),
        }
    }
}

/// Characters that are invisible or change the direction of text. They get pasted from Windows dialogs by
/// accident, and no editor shows them.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{feff}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}

#[cfg(test)]
mod tests {
    use std::{format, string::String};

    use super::*;

    #[test]
    fn valid_utf_8_is_utf_8_and_the_rest_windows_1252() {
        let utf_8 = Text::from("Zürich €");
        assert_eq!(utf_8.as_str(), Some("Zürich €"));
        assert_eq!(utf_8.chars().collect::<String>(), "Zürich €");

        let ansi = Text::new(b"Z\xfcrich \x80 \x81");
        assert_eq!(ansi.as_str(), None);
        assert_eq!(ansi.chars().collect::<String>(), "Zürich € \u{81}");
    }

    #[test]
    fn names_compare_without_case() {
        assert!(Text::from("listenport").is("ListenPort"));
        assert!(!Text::from("ListenPort ").is("ListenPort"));
        assert!(!Text::new(b"\xff").is("ListenPort"));
    }

    #[test]
    fn a_log_shows_what_the_eye_would_miss_and_cuts_what_is_long() {
        assert_eq!(format!("{}", Text::from("\u{200e}4a\x1b[2J")), "\\u{200e}4a\\u{1b}[2J");
        assert_eq!(format!("{:.3}", Text::from("abcdef")), "abc…");
        assert_eq!(format!("{:.3}", Text::from("abc")), "abc");
        assert_eq!(format!("{:?}", Text::from("a")), "\"a\"");
    }

    #[test]
    fn one_pair_of_quotes_is_taken_off() {
        for (raw, text) in [
            ("\"C:\\Program Files\\a.cmd\"", "C:\\Program Files\\a.cmd"),
            ("'single'", "single"),
            ("\"\"twice\"\"", "\"twice\""),
            ("\" blanks stay \"", " blanks stay "),
            ("\"\"", ""),
            ("\"", "\""),
            ("'mixed\"", "'mixed\""),
            ("\"a\" b", "\"a\" b"),
            ("", ""),
        ] {
            let value = Value::new(raw.as_bytes());
            assert_eq!(value.text(), Text::from(text), "{raw}");
            assert_eq!(value.raw(), Text::from(raw));
        }
    }
}
