//! Where a value is in a file, or where it must be added.

use core::ops::Range;

use memchr::memchr2;

use super::{Edit, Quote, equals};
use crate::{Item, Malformed, Reader};

/// Which bytes to replace, and what to write there.
#[derive(Debug)]
pub(super) struct Place {
    /// The bytes of the file to replace: the value with its quotes, or none.
    pub(super) replaced: Range<usize>,
    pub(super) missing: Missing,
    /// Whether an added line must begin with a line end, because the line before it has none.
    pub(super) begins_line: bool,
    /// The line end of the surrounding lines.
    pub(super) line_end: &'static str,
}

/// What the file lacks.
#[derive(Debug)]
pub(super) enum Missing {
    /// It has the value, in these quotes.
    Nothing { quote: Option<Quote> },
    /// It has the section, but not the key.
    Key,
    /// It has no such section.
    Section {
        /// Whether the last line of the file is not blank.
        after_text: bool,
    },
}

impl Place {
    /// Finds the place of `edit` in `text`, which is UTF-8 or Windows-1252.
    pub(super) fn find(text: &[u8], edit: &Edit<'_>) -> Self {
        let mut reader = Reader::new(text);
        let mut section: Option<Section> = None;
        let mut after_text = false;
        loop {
            let start = reader.offset();
            let Some(line) = reader.next() else { break };
            let end = reader.offset();
            after_text = line.item != Item::Blank;
            match (&mut section, line.item) {
                (None, Item::Section(name)) if equals(name, edit.section) => {
                    section = Some(Section::new(end))
                }
                (None, _) => {}
                // A malformed section header ends a section too.
                (Some(_), Item::Section(_) | Item::Malformed(Malformed::UnclosedSection, _)) => {
                    return Self::new(text, section, after_text);
                }
                (Some(_), Item::Property { key, value, value_column }) if equals(key, edit.key) => {
                    // Columns count from 1.
                    let value_start = start + value_column - 1;
                    return Self {
                        replaced: value_start..value_start + value.raw().as_bytes().len(),
                        missing: Missing::Nothing { quote: Quote::of(value) },
                        begins_line: false,
                        line_end: "",
                    };
                }
                (Some(section), Item::Property { .. } | Item::Malformed(..)) => *section = Section::new(end),
                (Some(section), Item::Comment(_)) => section.comment(end),
                (Some(section), Item::Blank) => section.blank(),
            }
        }
        if let Some(section) = &mut section {
            section.blank();
        }
        Self::new(text, section, after_text)
    }

    /// The place to add a key to `section`, or a section at the end.
    fn new(text: &[u8], section: Option<Section>, after_text: bool) -> Self {
        let (at, missing) = match section {
            Some(section) => (section.end, Missing::Key),
            None => (text.len(), Missing::Section { after_text }),
        };
        let before = text.get(..at).unwrap_or(text);
        let line_end = last_line_end(before);
        Self {
            replaced: at..at,
            missing,
            begins_line: line_end.is_none() && !matches!(before, [] | b"\xef\xbb\xbf"),
            line_end: line_end.unwrap_or(first_line_end(text)),
        }
    }

    /// The same place in the UTF-16 file that was converted to `text`.
    pub(super) fn in_utf16(self, text: &[u8]) -> Self {
        // Each character came from one character, and each U+FFFD from one code unit.
        let bytes = |until: usize| {
            let before = text.get(..until).and_then(|before| str::from_utf8(before).ok()).unwrap_or_default();
            before.chars().map(|c| c.len_utf16() * 2).sum::<usize>()
        };
        Self { replaced: bytes(self.replaced.start)..bytes(self.replaced.end), ..self }
    }
}

/// The section that lacks the key, as far as it has been read.
#[derive(Debug)]
struct Section {
    /// Where to add a key: after the last property and the comment lines that follow it without a blank line.
    /// Later lines belong to the section below, and so does a comment right above its header.
    end: usize,
    comments: Option<usize>,
    over: bool,
}

impl Section {
    const fn new(end: usize) -> Self {
        Self { end, comments: None, over: false }
    }

    const fn comment(&mut self, end: usize) {
        if !self.over {
            self.comments = Some(end);
        }
    }

    const fn blank(&mut self) {
        if let Some(end) = self.comments.take() {
            self.end = end;
        }
        self.over = true;
    }
}

const fn last_line_end(text: &[u8]) -> Option<&'static str> {
    match text {
        [.., b'\r', b'\n'] => Some("\r\n"),
        [.., b'\n'] => Some("\n"),
        [.., b'\r'] => Some("\r"),
        _ => None,
    }
}

/// The first line end in `text`; CR LF if there is none.
fn first_line_end(text: &[u8]) -> &'static str {
    match memchr2(b'\r', b'\n', text).and_then(|n| text.get(n..)) {
        Some([b'\r', b'\n', ..]) | None => "\r\n",
        Some([b'\n', ..]) => "\n",
        Some(_) => "\r",
    }
}
