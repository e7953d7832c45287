//! The lines of a file as events.

use core::fmt;

use memchr::{memchr, memchr2, memrchr};

use super::{Text, Value};

/// A place in a file, both from 1. The column counts bytes, not characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column; a byte order mark does not count.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// One line of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The line, and the column of its first byte that is not blank.
    pub at: Position,
    /// What stands there.
    pub item: Item<'a>,
}

/// What a line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// `[name]`.
    Section(Text<'a>),
    /// `key=value`; the key is never empty.
    Property {
        /// The name before the first `=`.
        key: Text<'a>,
        /// What follows it, possibly empty.
        value: Value<'a>,
        /// The column where the value begins, or would begin.
        value_column: usize,
    },
    /// What follows the `;` of a comment.
    Comment(Text<'a>),
    /// Nothing but blanks.
    Blank,
    /// A line that is none of these, whole.
    Malformed(Malformed, Text<'a>),
}

/// What keeps a line from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// A section's `[` without a `]`.
    UnclosedSection,
    /// Text without a `=`.
    NoEquals,
    /// A `=` with no key before it.
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

/// The events of a file, one for each line: an iterator that goes through any bytes in one pass.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    len: usize,
    rest: &'a [u8],
    line: usize,
}

impl<'a> Reader<'a> {
    /// A reader of the file that `bytes` hold.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { len: bytes.len(), rest: bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes), line: 0 }
    }

    /// How many bytes of the file stand before the next line; a byte order mark counts.
    pub const fn offset(&self) -> usize {
        self.len - self.rest.len()
    }

    /// Takes the next line off, without its end.
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
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        self.line += 1;
        let line = self.take_line();
        let text = trim_start(line);
        let column = line.len() - text.len() + 1;
        Some(Event { at: Position { line: self.line, column }, item: item(trim_end(text), column) })
    }
}

/// Reads a line whose first byte stands at `column`, and which has no blanks around it.
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

/// What the profile functions of Windows pass over: also the end-of-file mark of DOS.
pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0b | 0x0c | 0x1a)
}

#[cfg(test)]
mod tests;
