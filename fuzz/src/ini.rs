//! The INI reader against a slow reference that follows the documentation word for word.

use std::collections::HashMap;

use lsam_core::ini::{self, Item, Malformed, Reader, Text};

/// Target `ini`: a file.
pub fn ini(file: &[u8]) {
    let expected = reference(file);
    let read: Vec<Line> = Reader::new(file).map(|read| line(&read)).collect();
    for (read, expected) in read.iter().zip(&expected) {
        assert_eq!(read, expected);
    }
    assert_eq!(read.len(), expected.len());
}

/// A line as both readers see it: position and content.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) number: usize,
    pub(crate) column: usize,
    pub(crate) content: Content,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Section(Vec<u8>),
    /// Key, value with quotes, value without, column of the value.
    Property(Vec<u8>, Vec<u8>, Vec<u8>, usize),
    Comment(Vec<u8>),
    Blank,
    Malformed(Malformed, Vec<u8>),
}

/// A line of the reader; checks each text in it.
fn line(read: &ini::Line<'_>) -> Line {
    let bytes = |text: Text<'_>| {
        check_text(text);
        text.as_bytes().to_vec()
    };
    let content = match read.item {
        Item::Section(name) => Content::Section(bytes(name)),
        Item::Property { key, value, value_column } => {
            Content::Property(bytes(key), bytes(value.raw()), bytes(value.text()), value_column)
        }
        Item::Comment(text) => Content::Comment(bytes(text)),
        Item::Blank => Content::Blank,
        Item::Malformed(reason, text) => Content::Malformed(reason, bytes(text)),
    };
    Line { number: read.at.line, column: read.at.column, content }
}

/// A text is UTF-8 or Windows-1252, and prints nothing that would corrupt a log.
fn check_text(text: Text<'_>) {
    let characters: String = text.chars().collect();
    match std::str::from_utf8(text.as_bytes()) {
        Ok(utf_8) => assert_eq!((characters.as_str(), text.as_str()), (utf_8, Some(utf_8))),
        Err(_) => {
            assert_eq!((characters.chars().count(), text.as_str()), (text.as_bytes().len(), None));
            for (byte, c) in text.as_bytes().iter().zip(characters.chars()) {
                // Outside this range, Windows-1252 equals Latin-1.
                assert!((0x80..0xa0).contains(byte) || char::from(*byte) == c);
            }
        }
    }
    let shown = text.to_string();
    assert!(!shown.chars().any(char::is_control), "{shown:?}");
    let short = format!("{text:.5}");
    assert!(characters.chars().count() <= 5 || short.ends_with('…'), "{short:?}");
}

/// What Windows trims around names and values: space, tab, vertical tab, form feed and the DOS end-of-file
/// mark.
const BLANKS: [u8; 5] = [0x20, 0x09, 0x0b, 0x0c, 0x1a];

pub(crate) fn reference(file: &[u8]) -> Vec<Line> {
    let file = if file.len() >= 3 && file[..3] == [0xef, 0xbb, 0xbf] { &file[3..] } else { file };
    let mut lines = Vec::new();
    let mut line = Vec::new();
    let mut at = 0;
    while at < file.len() {
        let (is_end, len) = match (file[at], file.get(at + 1)) {
            (b'\r', Some(b'\n')) => (true, 2),
            (b'\r' | b'\n', _) => (true, 1),
            _ => (false, 1),
        };
        if is_end {
            lines.push(std::mem::take(&mut line));
        } else {
            line.push(file[at]);
        }
        at += len;
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines.iter().enumerate().map(|(n, line)| reference_line(n + 1, line)).collect()
}

fn reference_line(number: usize, line: &[u8]) -> Line {
    let start = line.iter().take_while(|byte| BLANKS.contains(byte)).count();
    let text = trim(line);
    let content = match text.first() {
        None => Content::Blank,
        Some(b';') => Content::Comment(text[1..].to_vec()),
        Some(b'[') => match text.iter().rposition(|byte| *byte == b']') {
            Some(end) => Content::Section(trim(&text[1..end])),
            None => Content::Malformed(Malformed::UnclosedSection, text),
        },
        Some(b'=') => Content::Malformed(Malformed::NoKey, text),
        Some(_) => match text.iter().position(|byte| *byte == b'=') {
            None => Content::Malformed(Malformed::NoEquals, text),
            Some(equals) => {
                let value = trim(&text[equals + 1..]);
                let column = start + text.len() - value.len() + 1;
                Content::Property(trim(&text[..equals]), value.clone(), unquoted(&value), column)
            }
        },
    };
    Line { number, column: start + 1, content }
}

fn trim(text: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    while text.first().is_some_and(|byte| BLANKS.contains(byte)) {
        text.remove(0);
    }
    while text.last().is_some_and(|byte| BLANKS.contains(byte)) {
        text.pop();
    }
    text
}

fn unquoted(value: &[u8]) -> Vec<u8> {
    match (value.first(), value.last()) {
        (Some(first @ (b'"' | b'\'')), Some(last)) if first == last && value.len() >= 2 => {
            value[1..value.len() - 1].to_vec()
        }
        _ => value.to_vec(),
    }
}

/// The values of a file as `GetPrivateProfileString` finds them: the first key in the first section of a
/// name, ignoring case. The map's keys are section and key in lower case.
pub(crate) fn values(file: &[u8]) -> HashMap<(Vec<u8>, Vec<u8>), Vec<u8>> {
    let mut seen = Vec::new();
    let mut section = None;
    let mut values = HashMap::new();
    for line in reference(file) {
        match line.content {
            Content::Section(name) => {
                let name = name.to_ascii_lowercase();
                section = (!seen.contains(&name)).then(|| name.clone());
                seen.push(name);
            }
            Content::Malformed(Malformed::UnclosedSection, _) => section = None,
            Content::Property(key, _, value, _) => {
                if let Some(section) = &section {
                    values.entry((section.clone(), key.to_ascii_lowercase())).or_insert(value);
                }
            }
            _ => {}
        }
    }
    values
}
