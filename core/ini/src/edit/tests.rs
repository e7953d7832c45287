//! Files before and after an edit.

use std::{
    borrow::ToOwned,
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use super::*;
use crate::{ByteOrder, Item, Line, Malformed, Reader};

fn edited(file: &[u8], edit: Edit<'_>) -> Result<Vec<u8>, EditError> {
    let mut buffer = vec![0; edit.room(file)];
    edit.apply(file, &mut buffer).map(<[u8]>::to_vec)
}

/// Sets `key` of section `S` to `value`.
fn set(file: &str, key: &str, value: &str) -> String {
    let edited = edited(file.as_bytes(), Edit { section: "S", key, value }).unwrap();
    String::from_utf8(edited).unwrap()
}

#[test]
fn only_the_value_changes() {
    for (file, after) in [
        ("[S]\r\nk=old\r\n", "[S]\r\nk=new\r\n"),
        ("[S]\nk=old", "[S]\nk=new"),
        ("; head\r\r[s]\rK \t= old \t\x1a\r[S]\rk=2", "; head\r\r[s]\rK \t= new \t\x1a\r[S]\rk=2"),
        ("[S] rest\nk=\nk=2\n", "[S] rest\nk=new\nk=2\n"),
        ("[S]\nk =   \n", "[S]\nk =new   \n"),
        ("\u{feff}[S]\nk=old\n", "\u{feff}[S]\nk=new\n"),
        ("k=0\n[T]\nk=1\n[S]\n;k=2\nkk=3\nk=old\n", "k=0\n[T]\nk=1\n[S]\n;k=2\nkk=3\nk=new\n"),
    ] {
        assert_eq!(set(file, "k", "new"), after);
    }
}

#[test]
fn quotes_stay_and_come_where_they_are_needed() {
    for (old, new, after) in [
        ("\"old\"", "new", "\"new\""),
        ("'old'", "new", "'new'"),
        ("\"old\"", "", "\"\""),
        ("\"old\"", "\"C:\\a b\" /c", "\"\"C:\\a b\" /c\""),
        ("old", " new", "\" new\""),
        ("old", "new\t", "\"new\t\""),
        ("old", "\"new\"", "\"\"new\"\""),
        ("old", "'new'", "\"'new'\""),
        ("old", "\"", "\""),
        ("\"", "new", "new"),
        ("old", "", ""),
        ("old", "a=b;c", "a=b;c"),
    ] {
        assert_eq!(set(&format!("[S]\nk={old}\n"), "k", new), format!("[S]\nk={after}\n"));
    }
}

#[test]
fn a_missing_key_comes_at_the_end_of_its_section() {
    for (file, after) in [
        ("[S]\n", "[S]\nk=v\n"),
        ("[S]", "[S]\r\nk=v"),
        ("[S]\na=1\n\n; of T\n[T]\nk=2\n", "[S]\na=1\nk=v\n\n; of T\n[T]\nk=2\n"),
        ("[S]\na=1\n; of T\n[T]\n", "[S]\na=1\nk=v\n; of T\n[T]\n"),
        ("[S]\na=1\n; of S\n\n; of T\n[T]\n", "[S]\na=1\n; of S\nk=v\n\n; of T\n[T]\n"),
        ("[S]\r\na=1\r\n\r\n\r\n", "[S]\r\na=1\r\nk=v\r\n\r\n\r\n"),
        ("[S]\ra=1\r; of S", "[S]\ra=1\r; of S\rk=v"),
        ("[S]\n\nnonsense\n[open\nk=1\n[S]\nk=2", "[S]\n\nnonsense\nk=v\n[open\nk=1\n[S]\nk=2"),
        ("[S]\na=1\n\nb=2\n", "[S]\na=1\n\nb=2\nk=v\n"),
        ("[T]\r\n[S]\na=1\n", "[T]\r\n[S]\na=1\nk=v\n"),
    ] {
        assert_eq!(set(file, "k", "v"), after, "{file:?}");
    }
}

#[test]
fn a_missing_section_comes_at_the_end() {
    for (file, after) in [
        ("", "[S]\r\nk=v\r\n"),
        ("\u{feff}", "\u{feff}[S]\r\nk=v\r\n"),
        ("[T]\nk=1\n", "[T]\nk=1\n\n[S]\nk=v\n"),
        ("[T]\nk=1", "[T]\nk=1\n\n[S]\nk=v\n"),
        ("[T]", "[T]\r\n\r\n[S]\r\nk=v\r\n"),
        ("[T]\r\n\r\n", "[T]\r\n\r\n[S]\r\nk=v\r\n"),
        ("k=1\n[SS]\n  ", "k=1\n[SS]\n  \n[S]\nk=v\n"),
        ("[S", "[S\r\n\r\n[S]\r\nk=v\r\n"),
    ] {
        assert_eq!(set(file, "k", "v"), after, "{file:?}");
    }
}

#[test]
fn each_encoding_stays() {
    let edit = Edit { section: "S", key: "k", value: "Zürich €" };
    assert_eq!(edited(b"[S]\nk=\n", edit), Ok("[S]\nk=Zürich €\n".into()));
    assert_eq!(edited(b"[S]\nk=\xe4\n", edit), Ok(b"[S]\nk=Z\xfcrich \x80\n".to_vec()));
    assert_eq!(edited(b"\xef\xbb\xbf[S]\nk=\xe4\n", edit), Ok("\u{feff}[S]\nk=Zürich €\n".into()));
    for order in [ByteOrder::Little, ByteOrder::Big] {
        // Half of a surrogate pair in a comment is kept.
        let file = [utf16("\u{feff}; 𝄞 ", order), utf16_units(&[0xd834], order), utf16("\r\n[s]\r\n", order)]
            .concat();
        let with = |rest: &str| [file.as_slice(), &utf16(rest, order)].concat();
        assert_eq!(edited(&with("K = \"ö𝄞\" \r\nl=1"), edit), Ok(with("K = \"Zürich €\" \r\nl=1")));
        assert_eq!(edited(&with("l=1"), edit), Ok(with("l=1\r\nk=Zürich €")));
        assert_eq!(edited(&with("[T]\r\n"), edit), Ok(with("k=Zürich €\r\n[T]\r\n")));
        let other = Edit { section: "𝄞", ..edit };
        assert_eq!(edited(&with(""), other), Ok(with("\r\n[𝄞]\r\nk=Zürich €\r\n")));
    }
}

#[test]
fn what_cannot_be_written_is_refused() {
    let edit = Edit { section: "S", key: "k", value: "v" };
    for (file, edit, error) in [
        ("", Edit { value: "a\nb", ..edit }, EditError::Character('\n')),
        ("", Edit { value: "a\r", ..edit }, EditError::Character('\r')),
        ("", Edit { value: "\0", ..edit }, EditError::Character('\0')),
        ("", Edit { section: "S\n", ..edit }, EditError::Character('\n')),
        ("", Edit { section: "", ..edit }, EditError::Name),
        ("", Edit { section: " S", ..edit }, EditError::Name),
        ("", Edit { key: "", ..edit }, EditError::Name),
        ("", Edit { key: "k ", ..edit }, EditError::Name),
        ("", Edit { key: ";k", ..edit }, EditError::Name),
        ("", Edit { key: "[k", ..edit }, EditError::Name),
        ("", Edit { key: "k=", ..edit }, EditError::Name),
    ] {
        assert_eq!(edited(file.as_bytes(), edit), Err(error));
    }
    let ansi = |value| edited(b"[S]\n\xfc=1", Edit { value, ..edit });
    assert_eq!(ansi("ő"), Err(EditError::Character('ő')));
    // The bytes of these two in Windows-1252 are ü in UTF-8.
    assert_eq!(ansi("aÃ¼"), Err(EditError::Character('Ã')));
    assert_eq!(ansi("ü"), Ok(b"[S]\n\xfc=1\nk=\xfc".to_vec()));
    assert_eq!(edited(b"\xff\xfe[", edit), Err(EditError::Damaged));
    for (c, message) in [
        ('\n', "'\\n' can't be written: a value is one line of text"),
        ('\r', "'\\r' can't be written: a value is one line of text"),
        ('\0', "'\\0' can't be written: a value is one line of text"),
        ('ő', "the character 'ő' can't be written in the code page"),
        ('\u{200e}', "the character '\\u{200e}' can't be written in the code page"),
    ] {
        let said = EditError::Character(c).to_string();
        assert!(said.starts_with(message), "{said}");
    }
}

#[test]
fn a_quote_without_another_is_a_part_of_the_value() {
    for value in ["\"old", "'old", "\"", "'", "old\"", "\"old'"] {
        assert_eq!(set(&format!("[S]\nk={value}\n"), "k", "new"), "[S]\nk=new\n", "{value}");
    }
    for quote in ["\"", "'"] {
        assert_eq!(
            set(&format!("[S]\nk={quote}old{quote}\n"), "k", "new"),
            format!("[S]\nk={quote}new{quote}\n")
        );
    }
}

#[test]
fn half_a_character_of_utf_16_is_damage() {
    let edit = Edit { section: "S", key: "k", value: "v" };
    for order in [ByteOrder::Little, ByteOrder::Big] {
        for file in ["\u{feff}", "\u{feff}[S]\r\nk=1\r\n", "\u{feff}[T]\r\n"] {
            let mut file = utf16(file, order);
            assert!(edited(&file, edit).is_ok());
            file.push(0);
            assert_eq!(edited(&file, edit), Err(EditError::Damaged), "{file:02x?}");
        }
    }
}

#[test]
fn the_room_that_is_asked_for_is_enough_and_less_is_noticed() {
    let edit = Edit { section: "Ä", key: "ö", value: " 𝄞€ü " };
    for file in ["", "[T]\nk=1", "\u{feff}€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€", "[ä]\nö='1'"]
    {
        for file in [file.as_bytes().to_vec(), utf16(&format!("\u{feff}{file}"), ByteOrder::Little)] {
            let after = edited(&file, edit).unwrap();
            for room in 0..edit.room(&file) {
                match edit.apply(&file, &mut vec![0; room]) {
                    Ok(written) => assert_eq!(written, after),
                    Err(error) => assert_eq!(error, EditError::NoRoom),
                }
            }
        }
    }
}

/// After the edit, any file reads the same as before, except for the value.
#[test]
fn reading_after_editing_gives_the_same_file_but_for_the_value() {
    const PIECES: [&str; 24] = [
        "[S]", "[s] ", "[T]", "[", "]", "k", "K", "l", "=", "=", "k=v", "l=2", "\n", "\n", "\r\n", "\r", ";",
        "\"", "'", " ", "\t", "\u{feff}", "ü€", "𝄞",
    ];
    const VALUES: [&str; 10] = ["", "v", " v", "v ", "\"v\"", "'", "\"", "a=b;[c]", "ü", "€𝄞"];
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random as usize % below
    };
    for _ in 0..30_000 {
        let text: String = (0..next(20)).map(|_| PIECES[next(PIECES.len())]).collect();
        let edit = Edit {
            section: ["S", "T", "U"][next(3)],
            key: ["k", "l", "mö"][next(3)],
            value: VALUES[next(VALUES.len())],
        };
        let file = match next(4) {
            0 => text.clone().into_bytes(),
            1 => utf16(&format!("\u{feff}{text}"), ByteOrder::Little),
            2 => format!("\u{feff}{text}").into_bytes(),
            _ => [
                text.replace(['€', '𝄞', '\u{feff}'], "x").chars().map(|c| c as u8).collect(),
                b"\n; \xe4".to_vec(),
            ]
            .concat(),
        };
        match edited(&file, edit) {
            Ok(after) => check(&file, &after, edit),
            Err(error) => assert!(matches!(error, EditError::Character('€' | '𝄞')), "{error}"),
        }
    }
}

fn check(file: &[u8], after: &[u8], edit: Edit<'_>) {
    let (before, mut after) = (lines(file), lines(after));
    let value = |line: &(String, Option<String>)| line.1.clone();
    let found = position(&after, edit).expect("the value is there");
    assert_eq!(value(&after[found]).as_deref(), Some(edit.value), "{before:?} {after:?}");
    match position(&before, edit) {
        Some(there) => {
            assert_eq!(there, found);
            after[found] = before[found].clone();
        }
        None => {
            after.remove(found);
            if after.len() > before.len() {
                // The header, and a blank line before it unless the file was empty or ended in one.
                assert_eq!(after.remove(found - 1).0, format!("[{}]", edit.section));
                if after.len() > before.len() {
                    assert_eq!(after.remove(found - 2), (String::new(), None));
                }
            }
        }
    }
    assert_eq!(before, after, "{edit:?}");
}

/// Each line in short form, with the value of a property separate.
fn lines(file: &[u8]) -> Vec<(String, Option<String>)> {
    let mut buffer = vec![0; utf8_room(file)];
    let text = to_utf8(file, &mut buffer).unwrap();
    let string = |text: Text<'_>| text.chars().collect::<String>();
    Reader::new(text)
        .map(|Line { item, .. }| match item {
            Item::Section(name) => (format!("[{}]", string(name)), None),
            Item::Property { key, value, .. } => (string(key), Some(string(value.text()))),
            Item::Comment(text) => (format!(";{}", string(text)), None),
            Item::Blank => (String::new(), None),
            Item::Malformed(Malformed::UnclosedSection, _) => ("[".to_owned(), None),
            Item::Malformed(reason, text) => (format!("{reason:?} {}", string(text)), None),
        })
        .collect()
}

/// The line whose value is read.
fn position(lines: &[(String, Option<String>)], edit: Edit<'_>) -> Option<usize> {
    let header = format!("[{}]", edit.section).to_ascii_lowercase();
    let begins =
        lines.iter().position(|(line, value)| value.is_none() && line.to_ascii_lowercase() == header)?;
    let inside =
        lines[begins + 1..].iter().take_while(|(line, value)| value.is_some() || !line.starts_with('['));
    let mut numbered = (begins + 1..).zip(inside);
    numbered.find(|(_, (key, value))| value.is_some() && key.eq_ignore_ascii_case(edit.key)).map(|(n, _)| n)
}

fn utf16(text: &str, order: ByteOrder) -> Vec<u8> {
    utf16_units(&text.encode_utf16().collect::<Vec<_>>(), order)
}

fn utf16_units(units: &[u16], order: ByteOrder) -> Vec<u8> {
    let bytes = |unit: &u16| match order {
        ByteOrder::Little => unit.to_le_bytes(),
        ByteOrder::Big => unit.to_be_bytes(),
    };
    units.iter().flat_map(bytes).collect()
}
