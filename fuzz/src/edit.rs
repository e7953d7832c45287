//! Setting a value in a file: what the reference reader finds before and after.

use lsam_core::ini::{Edit, EditError, Encoding, Text, to_utf8, utf8_room};

use crate::ini::{Content, Line, reference};

/// Target `edit`: a line each for section, key and value, then the file.
pub fn edit(input: &[u8]) {
    let mut parts = input.splitn(4, |byte| *byte == b'\n');
    let mut text = || String::from_utf8_lossy(parts.next().unwrap_or_default());
    let (section, key, value) = (text(), text(), text());
    let edit = Edit { section: &section, key: &key, value: &value };
    let file = parts.next().unwrap_or_default();

    let mut buffer = vec![0; edit.room(file)];
    match edit.apply(file, &mut buffer) {
        Ok(edited) => {
            check(file, edited, edit);
            let mut again = vec![0; edit.room(edited)];
            assert_eq!(edit.apply(edited, &mut again), Ok(edited), "the same value again is another file");
            let less = edit.apply(file, &mut again[..edited.len() - 1]);
            assert_eq!(less, Err(EditError::NoRoom));
        }
        Err(EditError::NoRoom) => panic!("the room that was asked for is too little"),
        Err(EditError::Damaged) => {
            assert!(matches!(Encoding::of(file), Encoding::Utf16(_)) && file.len() % 2 == 1);
        }
        Err(EditError::Name) => {
            let ends = |name: &str| {
                name.trim_matches(['\t', '\x0b', '\x0c', '\x1a', ' ']) != name || name.is_empty()
            };
            assert!(ends(&section) || ends(&key) || key.starts_with([';', '[']) || key.contains('='));
        }
        Err(EditError::Character(c)) => {
            assert!([&section, &key, &value].iter().any(|text| text.contains(c)));
            assert!(matches!(c, '\n' | '\r' | '\0') || Encoding::of(file) == Encoding::Windows1252, "{c:?}");
        }
        Err(error) => panic!("no rule covers this error: {error}"),
    }
}

fn check(file: &[u8], edited: &[u8], edit: Edit<'_>) {
    let (before, mut after) = (lines(file), lines(edited));
    let found = find(&after, edit).expect("the value that was set");
    let Content::Property(_, _, value, _) = &after[found].content else { unreachable!() };
    assert_eq!(string(value), edit.value);

    // Bytes of the file that the edited one lacks.
    let mut gone = 0;
    if let Some(there) = find(&before, edit) {
        assert_eq!(there, found);
        let Content::Property(_, old, ..) = &before[there].content else { unreachable!() };
        gone = match Encoding::of(file) {
            Encoding::Utf16(_) => string(old).encode_utf16().count() * 2,
            _ => old.len(),
        };
        let (Content::Property(key, raw, _, column), Content::Property(new_key, new_raw, _, new_column)) =
            (&before[there].content, &after[found].content)
        else {
            unreachable!()
        };
        assert_eq!(key, new_key);
        // An empty value would begin right after the equals sign.
        assert!(column == new_column || raw.is_empty() || new_raw.is_empty());
        after.remove(found);
        assert!(same(before.iter().enumerate().filter(|(n, _)| *n != there).map(|(_, line)| line), &after));
    } else {
        let added = after.len() - before.len();
        let new: Vec<Line> = after.splice(found + 1 - added..=found, []).collect();
        match &new[..] {
            [Line { content: Content::Property(..), .. }] => {}
            [header, _] | [Line { content: Content::Blank, .. }, header, _] => {
                assert!(matches!(&header.content, Content::Section(name) if string(name) == edit.section));
                assert_eq!(found, before.len() + added - 1, "a new section that is not the last");
            }
            _ => panic!("{new:?}"),
        }
        assert!(same(before.iter(), &after));
    }
    let pairs = || file.iter().zip(edited);
    let kept_before = pairs().take_while(|(a, b)| a == b).count();
    let kept_after = file.iter().rev().zip(edited.iter().rev()).take_while(|(a, b)| a == b).count();
    assert!(kept_before + kept_after + gone >= file.len(), "bytes beside the value have changed");
}

/// Whether the lines have the same content in the same columns.
fn same<'l>(before: impl Iterator<Item = &'l Line>, after: &'l [Line]) -> bool {
    before.map(|line| (line.column, &line.content)).eq(after.iter().map(|line| (line.column, &line.content)))
}

/// The line of the first key in the first section: this is the line that is read.
fn find(lines: &[Line], edit: Edit<'_>) -> Option<usize> {
    let says = |text: &[u8], name: &str| string(text).eq_ignore_ascii_case(name);
    let begins = lines
        .iter()
        .position(|line| matches!(&line.content, Content::Section(name) if says(name, edit.section)))?;
    for (n, line) in lines.iter().enumerate().skip(begins + 1) {
        match &line.content {
            Content::Property(key, ..) if says(key, edit.key) => return Some(n),
            Content::Section(_) => return None,
            Content::Malformed(_, text) if text.first() == Some(&b'[') => return None,
            _ => {}
        }
    }
    None
}

fn lines(file: &[u8]) -> Vec<Line> {
    let mut buffer = vec![0; utf8_room(file)];
    reference(to_utf8(file, &mut buffer).expect("room"))
}

fn string(text: &[u8]) -> String {
    Text::new(text).chars().collect()
}
