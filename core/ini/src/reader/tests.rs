//! Lines as people write them, and bytes that nobody should write.

use std::{format, string::String, vec, vec::Vec};

use super::*;

/// The lines in short form: position, kind and text.
fn lines(file: &[u8]) -> Vec<String> {
    Reader::new(file)
        .map(|Line { at: Position { line, column }, item }| match item {
            Item::Section(name) => format!("{line}:{column} [{name}]"),
            Item::Property { key, value, value_column } => {
                format!("{line}:{column} {key}={} @{value_column}", value.text())
            }
            Item::Comment(text) => format!("{line}:{column} ;{text}"),
            Item::Blank => format!("{line}:{column} -"),
            Item::Malformed(reason, text) => format!("{line}:{column} {reason:?} {text}"),
        })
        .collect()
}

#[test]
fn every_kind_of_line_is_read() {
    let file = b"; head\n\n[server]\nsecure=TRUE\nnonsense\n[open\n=1\n";
    assert_eq!(
        lines(file),
        [
            "1:1 ; head",
            "2:1 -",
            "3:1 [server]",
            "4:1 secure=TRUE @8",
            "5:1 NoEquals nonsense",
            "6:1 UnclosedSection [open",
            "7:1 NoKey =1",
        ]
    );
}

#[test]
fn all_line_ends_count_alike() {
    for end in ["\n", "\r\n", "\r"] {
        let file = format!("a=1{end}{end}b=2{end}");
        assert_eq!(lines(file.as_bytes()), ["1:1 a=1 @3", "2:1 -", "3:1 b=2 @3"], "{end:?}");
    }
    assert_eq!(lines(b"a=1\r\nb=2\rc=3\nd=4").len(), 4);
    assert_eq!(lines(b"\n\r"), ["1:1 -", "2:1 -"]);
    assert_eq!(lines(b"\r\r\n"), ["1:1 -", "2:1 -"]);
}

#[test]
fn the_last_line_needs_no_end() {
    assert_eq!(lines(b"a=1"), ["1:1 a=1 @3"]);
    assert_eq!(lines(b""), Vec::<String>::new());
}

#[test]
fn blanks_around_names_and_values_do_not_count() {
    assert_eq!(lines(b" \t[ two words / more ] "), ["1:3 [two words / more]"]);
    assert_eq!(lines(b"  key \t=\x0b value with blanks \x1a\r\n"), ["1:3 key=value with blanks @11"]);
    assert_eq!(lines(b" \t "), ["1:4 -"]);
    assert_eq!(lines(b"key="), ["1:1 key= @5"]);
    assert_eq!(lines(b"key= \t"), ["1:1 key= @5"]);
}

#[test]
fn a_byte_order_mark_is_skipped_at_the_start_only() {
    assert_eq!(lines(b"\xef\xbb\xbf[a]\n"), ["1:1 [a]"]);
    assert_eq!(lines(b"\xef\xbb\xbf"), Vec::<String>::new());
    assert_eq!(lines(b"\n\xef\xbb\xbf[a]"), ["1:1 -", "2:1 NoEquals \\u{feff}[a]"]);
}

#[test]
fn a_section_ends_at_the_last_bracket_and_the_rest_does_not_count() {
    assert_eq!(lines(b"[a]]"), ["1:1 [a]]"]);
    assert_eq!(lines(b"[a] b"), ["1:1 [a]"]);
    assert_eq!(lines(b"[]"), ["1:1 []"]);
    assert_eq!(lines(b"["), ["1:1 UnclosedSection ["]);
}

#[test]
fn a_semicolon_begins_a_comment_at_the_start_only() {
    assert_eq!(lines(b"  ;a=b"), ["1:3 ;a=b"]);
    assert_eq!(lines(b"a=b ;c"), ["1:1 a=b ;c @3"]);
    assert_eq!(lines(b"a=b=c"), ["1:1 a=b=c @3"]);
    assert_eq!(lines(b"#a=b"), ["1:1 #a=b @4"]);
}

#[test]
fn quotes_come_off_the_value_and_stay_in_the_column() {
    assert_eq!(lines(b"a= \"x y\" "), ["1:1 a=x y @4"]);
    assert_eq!(lines(b"\"a\"=b"), ["1:1 \"a\"=b @5"]);
}

#[test]
fn every_byte_is_read_in_every_place() {
    for byte in 0..=u8::MAX {
        for file in [
            vec![byte],
            vec![byte, b'a', b'=', b'1'],
            vec![b'a', byte, b'=', b'1'],
            vec![b'a', b'=', byte],
            vec![b'[', byte, b']'],
            vec![b';', byte],
            vec![byte; 9],
        ] {
            check_invariants(&file);
        }
    }
}

#[test]
fn mixed_bytes_keep_the_invariants() {
    // Significant bytes, so that short random files reach every path.
    const ALPHABET: &[u8] = b"[]=;\r\n \t\"'aB0\x00\x1a\x80\xc3\xbf";
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..20_000 {
        let mut file = Vec::new();
        for _ in 0..random % 40 {
            random = xorshift(random);
            file.push(ALPHABET[random as usize % ALPHABET.len()]);
        }
        random = xorshift(random);
        check_invariants(&file);
    }
}

/// Checks that, for any bytes, every line is read, in order, and each text is where its position says.
fn check_invariants(file: &[u8]) {
    let expected = reference_lines(file);
    let read = Reader::new(file).collect::<Vec<_>>();
    assert_eq!(read.len(), expected.len(), "{file:?}");
    for (n, (read, line)) in read.iter().zip(&expected).enumerate() {
        assert_eq!(read.at.line, n + 1);
        let from = |column: usize| &line[column - 1..];
        match read.item {
            Item::Section(name) => {
                assert!(from(read.at.column).starts_with(b"["));
                assert!(line.len() >= name.as_bytes().len() + 2);
            }
            Item::Property { key, value, value_column } => {
                assert!(!key.is_empty());
                assert!(from(read.at.column).starts_with(key.as_bytes()));
                assert!(from(value_column).starts_with(value.raw().as_bytes()));
            }
            Item::Comment(text) => assert!(from(read.at.column + 1).starts_with(text.as_bytes())),
            Item::Blank => assert!(line.iter().copied().all(is_blank)),
            Item::Malformed(_, text) => assert!(from(read.at.column).starts_with(text.as_bytes())),
        }
    }
}

/// The lines of a file, split in the slow and obvious way.
fn reference_lines(file: &[u8]) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    let mut line = Vec::new();
    let mut bytes = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file).iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' | b'\n' => {
                bytes.next_if(|next| byte == b'\r' && *next == b'\n');
                lines.push(std::mem::take(&mut line));
            }
            _ => line.push(byte),
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

fn xorshift(mut x: u64) -> u64 {
    x ^= x << 13;
    x ^= x >> 7;
    x ^ (x << 17)
}
