//! Setting one value in a file written by hand.

mod output;
mod place;
#[cfg(test)]
mod tests;

use core::fmt;

use self::output::Output;
use self::place::{Missing, Place};
use super::{Encoding, NoRoom, Text, Value, reader::is_blank, to_utf8, utf8_room};

/// A value to set.
///
/// Changes only the first `key` of the first `section`, which is the one that the profile functions read:
/// comments, order, blank lines, quotes, encoding, byte order mark and line ends are kept. A missing key is
/// added after the last line of its section, a missing section at the end of the file.
///
/// ```
/// use lsam_ini::{Edit, EditError};
///
/// let file = b"; listener\r\n[server]\r\nport = 8080 \r\n";
/// let edit = Edit { section: "server", key: "port", value: "8443" };
/// let mut buffer = vec![0; edit.room(file)];
///
/// let edited = edit.apply(file, &mut buffer)?;
/// assert_eq!(edited, b"; listener\r\n[server]\r\nport = 8443 \r\n");
/// # Ok::<(), EditError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edit<'e> {
    /// The name of the section, without brackets.
    pub section: &'e str,
    /// The name of the property.
    pub key: &'e str,
    /// The value to read back. It is quoted if it would be misread otherwise.
    pub value: &'e str,
}

impl Edit<'_> {
    /// The size of the buffer that [`apply`](Self::apply) needs for `file`, in bytes.
    pub fn room(&self, file: &[u8]) -> usize {
        // Brackets, equals sign, quotes and four line ends; everything is twice as long in UTF-16.
        const SIGNS: usize = 16;
        let new = [self.section, self.key, self.value].iter().map(|text| text.len()).sum::<usize>() + SIGNS;
        file.len().saturating_add(new.saturating_mul(2)).max(utf8_room(file))
    }

    /// Writes `file` with this value to `buffer` and returns what was written.
    ///
    /// # Errors
    /// [`EditError`] if the file can't hold this value, or if `buffer` is smaller than needed;
    /// [`room`](Self::room) is always enough.
    pub fn apply<'o>(&self, file: &[u8], buffer: &'o mut [u8]) -> Result<&'o [u8], EditError> {
        self.check()?;
        let encoding = Encoding::of(file);
        let place = match encoding {
            Encoding::Utf16(_) if !file.len().is_multiple_of(2) => return Err(EditError::Damaged),
            Encoding::Utf16(_) => {
                let text = to_utf8(file, buffer)?;
                Place::find(text, self).in_utf16(text)
            }
            Encoding::Utf8 | Encoding::Windows1252 => Place::find(file, self),
        };
        let (before, rest) = file.split_at_checked(place.replaced.start).ok_or(EditError::Damaged)?;
        let after = rest.get(place.replaced.len()..).ok_or(EditError::Damaged)?;

        let mut output = Output::new(buffer, encoding);
        output.copy(before)?;
        match place.missing {
            Missing::Nothing { quote } => self.write_value(quote, &mut output)?,
            Missing::Key => self.write_property(&place, &mut output)?,
            Missing::Section { after_text } => {
                if place.begins_line {
                    output.sign(place.line_end)?;
                }
                if after_text {
                    output.sign(place.line_end)?;
                }
                output.sign("[")?;
                output.text(self.section)?;
                output.sign("]")?;
                output.sign(place.line_end)?;
                self.write_property(&Place { begins_line: false, ..place }, &mut output)?;
            }
        }
        output.copy(after)?;
        Ok(output.written())
    }

    /// Writes the line of a missing property, with a line end after it, or before it if it follows a last
    /// line that has none.
    fn write_property(&self, place: &Place, output: &mut Output<'_>) -> Result<(), EditError> {
        if place.begins_line {
            output.sign(place.line_end)?;
        }
        output.text(self.key)?;
        output.sign("=")?;
        self.write_value(None, output)?;
        if place.begins_line { Ok(()) } else { output.sign(place.line_end) }
    }

    /// Writes the value in the existing quotes, or in new ones if it would be misread without them.
    fn write_value(&self, quote: Option<Quote>, output: &mut Output<'_>) -> Result<(), EditError> {
        let bytes = self.value.as_bytes();
        let blank = |byte: Option<&u8>| byte.is_some_and(|byte| is_blank(*byte));
        let misread = blank(bytes.first()) || blank(bytes.last()) || Value::new(bytes).is_quoted();
        let quote = quote.or(misread.then_some(Quote::Double)).map_or("", Quote::sign);
        output.sign(quote)?;
        output.text(self.value)?;
        output.sign(quote)
    }

    /// Rejects text that no line can hold or that would be misread.
    fn check(&self) -> Result<(), EditError> {
        for text in [self.section, self.key, self.value] {
            if let Some(c) = text.chars().find(|c| matches!(c, '\n' | '\r' | '\0')) {
                return Err(EditError::Character(c));
            }
        }
        let blank = |byte: Option<&u8>| byte.is_none_or(|byte| is_blank(*byte));
        let name = |name: &str| !blank(name.as_bytes().first()) && !blank(name.as_bytes().last());
        if !name(self.section)
            || !name(self.key)
            || self.key.starts_with([';', '['])
            || self.key.contains('=')
        {
            return Err(EditError::Name);
        }
        Ok(())
    }
}

/// The quotes around a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quote {
    Single,
    Double,
}

impl Quote {
    /// The quotes around `value`.
    fn of(value: Value<'_>) -> Option<Self> {
        match value.raw().as_bytes() {
            [b'"', ..] if value.is_quoted() => Some(Self::Double),
            [b'\'', ..] if value.is_quoted() => Some(Self::Single),
            _ => None,
        }
    }

    const fn sign(self) -> &'static str {
        match self {
            Self::Single => "'",
            Self::Double => "\"",
        }
    }
}

/// Whether `text` equals `name`, ignoring the case of ASCII letters, whatever the encoding of `text`.
fn equals(text: Text<'_>, name: &str) -> bool {
    let mut name = name.chars();
    text.chars().all(|c| name.next().is_some_and(|other| c.eq_ignore_ascii_case(&other)))
        && name.next().is_none()
}

/// Why a value was not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EditError {
    /// The name of the section or key is blank, has blanks around it, or can't be written on a line.
    ///
    /// ```
    /// # use lsam_ini::{Edit, EditError};
    /// let edit = Edit { section: "server", key: "a=b", value: "" };
    /// assert_eq!(edit.apply(b"", &mut [0; 64]), Err(EditError::Name));
    /// ```
    Name,
    /// A character that can't be written: a line break, NUL, or one that the file's code page does not
    /// contain or would read as another.
    ///
    /// ```
    /// # use lsam_ini::{Edit, EditError};
    /// let edit = Edit { section: "server", key: "name", value: "one\ntwo" };
    /// assert_eq!(edit.apply(b"", &mut [0; 64]), Err(EditError::Character('\n')));
    /// ```
    Character(char),
    /// The file is UTF-16 and ends within a code unit.
    ///
    /// ```
    /// # use lsam_ini::{Edit, EditError};
    /// let edit = Edit { section: "server", key: "port", value: "1" };
    /// assert_eq!(edit.apply(b"\xff\xfe[", &mut [0; 64]), Err(EditError::Damaged));
    /// ```
    Damaged,
    /// The buffer is too small.
    ///
    /// ```
    /// # use lsam_ini::{Edit, EditError};
    /// let edit = Edit { section: "server", key: "port", value: "1" };
    /// assert_eq!(edit.apply(b"", &mut [0; 8]), Err(EditError::NoRoom));
    /// ```
    NoRoom,
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str(
                "the name of the section or the key can't be written: it is blank, has blanks around it, or a key \
                 begins with ; or [ or has a = in it",
            ),
            Self::Character('\n') => f.write_str("'\\n' can't be written: a value is one line of text"),
            Self::Character('\r') => f.write_str("'\\r' can't be written: a value is one line of text"),
            Self::Character('\0') => f.write_str("'\\0' can't be written: a value is one line of text"),
            Self::Character(c) => write!(
                f,
                "the character '{}' can't be written in the code page of the file, Windows-1252; save the file as \
                 UTF-8 first",
                Text::from(&*c.encode_utf8(&mut [0; 4]))
            ),
            Self::Damaged => f.write_str("the file is UTF-16 and ends within a character; save it anew"),
            Self::NoRoom => fmt::Display::fmt(&NoRoom, f),
        }
    }
}

impl core::error::Error for EditError {}

impl From<NoRoom> for EditError {
    fn from(_: NoRoom) -> Self {
        Self::NoRoom
    }
}
