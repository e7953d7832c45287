//! Reads a file line by line.

use core::fmt;

use memchr::{memchr, memchr2, memrchr};

use super::{Text, Value};

/// A position in a file. Lines and columns count from 1, columns in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line number.
    pub line: usize,
    /// The column, in bytes after a byte order mark.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// One line of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The line number, and the column of its first byte that is not blank.
    pub at: Position,
    /// What the line contains.
    pub item: Item<'a>,
}

/// What a line contains: always one of these five, even if it is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// `[name]`; whatever follows the last `]` is ignored.
    ///
    /// ```
    /// # use lsam_ini::{Item, Reader};
    /// let line = Reader::new(b"[ server ] rest").next();
    /// assert!(line.is_some_and(|line| line.item == Item::Section("server".into())));
    /// ```
    Section(Text<'a>),
    /// `key=value`. The key is never empty, the value may be.
    ///
    /// ```
    /// # use lsam_ini::{Item, Reader};
    /// let Some(Item::Property { key, value, value_column }) =
    ///     Reader::new(b" name = \"a = b ; c\" ").next().map(|line| line.item)
    /// else {
    ///     panic!("no property")
    /// };
    /// assert!(key.is("NAME"));
    /// assert_eq!(value.text().as_str(), Some("a = b ; c"));
    /// assert_eq!(value.raw().as_str(), Some("\"a = b ; c\""));
    /// assert_eq!(value_column, 9);
    /// ```
    Property {
        /// The name before the first `=`.
        key: Text<'a>,
        /// The value after it, possibly empty.
        value: Value<'a>,
        /// The column where the value begins or, if it is empty, where it would begin.
        value_column: usize,
    },
    /// A comment, without its `;`.
    ///
    /// ```
    /// # use lsam_ini::{Item, Reader};
    /// let line = Reader::new(b"; listener").next();
    /// assert!(line.is_some_and(|line| line.item == Item::Comment(" listener".into())));
    /// ```
    Comment(Text<'a>),
    /// An empty line, or only blanks.
    ///
    /// ```
    /// # use lsam_ini::{Item, Reader};
    /// assert!(Reader::new(b"\r\n \t\r\n").all(|line| line.item == Item::Blank));
    /// ```
    Blank,
    /// Any other line, in full.
    ///
    /// ```
    /// # use lsam_ini::{Item, Malformed, Reader};
    /// let line = Reader::new(b"port 8080").next();
    /// let item = Item::Malformed(Malformed::NoEquals, "port 8080".into());
    /// assert!(line.is_some_and(|line| line.item == item));
    /// ```
    Malformed(Malformed, Text<'a>),
}

/// Why a line can't be read.
///
/// ```
/// # use lsam_ini::{Item, Malformed, Reader};
/// let reasons = Reader::new(b"[server\nport 8080\n=8080\n").filter_map(|line| match line.item {
///     Item::Malformed(reason, _) => Some(reason),
///     _ => None,
/// });
/// assert!(reasons.eq([Malformed::UnclosedSection, Malformed::NoEquals, Malformed::NoKey]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// `[` without a closing `]`, as in `[server`.
    UnclosedSection,
    /// Text without `=`, as in `port 8080`.
    NoEquals,
    /// `=` without a key before it, as in `=8080`.
    NoKey,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnclosedSection => "the section name is not closed with ]",
            Self::NoEquals => "the line is no [section], no key=value and no ; comment",
            Self::NoKey => "no key stands before the =",
        })
    }
}

/// An iterator over the lines of a file, in a single pass over any bytes.
///
/// UTF-16 must be [converted to UTF-8](crate::to_utf8) first.
///
/// ```
/// use lsam_ini::{Item, Reader};
///
/// let line = Reader::new(b"; listener\r\n[server]\r\n port = 8080\r\n").last().ok_or("an empty file")?;
/// assert_eq!(line.at.to_string(), "line 3, column 2");
/// assert!(matches!(line.item, Item::Property { key, .. } if key.is("Port")));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    len: usize,
    rest: &'a [u8],
    line: usize,
}

impl<'a> Reader<'a> {
    /// A reader of a whole file.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { len: bytes.len(), rest: bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes), line: 0 }
    }

    /// The offset of the next line in the file, in bytes; a byte order mark counts.
    pub const fn offset(&self) -> usize {
        self.len - self.rest.len()
    }

    /// Takes the next line, without its line end.
    fn take_line(&mut self) -> &'a [u8] {
        let (line, end) = memchr2(b'\n', b'\r', self.rest)
            .and_then(|n| self.rest.split_at_checked(n))
            .unwrap_or((self.rest, &[]));
        self.rest = match end {
            [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
            [] => &[],
        };
        line
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        self.line += 1;
        let line = self.take_line();
        let text = trim_start(line);
        let column = line.len() - text.len() + 1;
        Some(Line { at: Position { line: self.line, column }, item: item(trim_end(text), column) })
    }
}

/// Reads a line that begins at `column`, with the blanks around it trimmed.
fn item(line: &[u8], column: usize) -> Item<'_> {
    match line {
        [] => Item::Blank,
        [b';', comment @ ..] => Item::Comment(Text::new(comment)),
        [b'[', name @ ..] => match memrchr(b']', name).and_then(|n| name.get(..n)) {
            Some(name) => Item::Section(Text::new(trim_end(trim_start(name)))),
            None => Item::Malformed(Malformed::UnclosedSection, Text::new(line)),
        },
        _ => match memchr(b'=', line).and_then(|n| line.split_at_checked(n)) {
            Some((key, [_, value @ ..])) if !key.is_empty() => {
                let value = trim_start(value);
                Item::Property {
                    key: Text::new(trim_end(key)),
                    value: Value::new(value),
                    value_column: column + line.len() - value.len(),
                }
            }
            Some(_) => Item::Malformed(Malformed::NoKey, Text::new(line)),
            None => Item::Malformed(Malformed::NoEquals, Text::new(line)),
        },
    }
}

fn trim_start(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && is_blank(*first)
    {
        bytes = rest;
    }
    bytes
}

fn trim_end(mut bytes: &[u8]) -> &[u8] {
    while let [rest @ .., last] = bytes
        && is_blank(*last)
    {
        bytes = rest;
    }
    bytes
}

/// Bytes that the Windows profile functions trim; 0x1A is the end-of-file mark of DOS.
pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0b | 0x0c | 0x1a)
}

#[cfg(test)]
mod tests;
