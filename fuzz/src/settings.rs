//! The settings of an MSLSAM.ini beside the values that the slow reading of the same file finds.

use lsam_core::config::{AllowedAddress, Case, Kind, SETTINGS, Setting, Settings, Severity};

use crate::ini;

/// Target `settings`: a file.
pub fn settings(file: &[u8]) {
    let lines = ini::reference(file).len().max(1);
    let mut errors = 0;
    let mut reported = Vec::new();
    let result = Settings::parse(file, |diagnostic| {
        errors += usize::from(diagnostic.severity() == Severity::Error);
        let text = diagnostic.to_string();
        assert!(!text.chars().any(char::is_control), "{text:?}");
        assert!((1..=lines).contains(&diagnostic.at.line) && diagnostic.at.column > 0, "{text}");
        reported.push(text);
    });
    match result {
        Err(invalid) => {
            assert_eq!(invalid.errors, errors);
            assert!(errors > 0);
        }
        Ok(settings) => {
            assert_eq!(errors, 0, "{reported:?}");
            assert!(settings.socket_number_to_sam != settings.jors_socket);
            check_values(file, settings);
            same_with_other_line_ends(file, &settings);
        }
    }
}

/// Each setting holds what the file says, or its default.
fn check_values(file: &[u8], settings: Settings<'_>) {
    let values = ini::values(file);
    for setting in SETTINGS {
        let name = |name: &str| name.to_ascii_lowercase().into_bytes();
        let value = values.get(&(name(setting.section.name), name(setting.key)));
        check_value(setting, value.map_or(setting.default.as_bytes(), Vec::as_slice), settings);
    }
}

fn check_value(setting: &Setting, value: &[u8], mut settings: Settings<'_>) {
    let word = |word: &str| match setting.section.case {
        Case::Any => value.eq_ignore_ascii_case(word.as_bytes()),
        Case::Upper => value == word.as_bytes(),
    };
    match setting.kind {
        Kind::Boolean(field) => {
            let expected = *field(&mut settings);
            assert!(word(if expected { "TRUE" } else { "FALSE" }), "{setting} from {value:?}");
        }
        Kind::Text(field) => assert_eq!(field(&mut settings).as_bytes(), value, "{setting}"),
        Kind::DisplayName(field) | Kind::ServiceName(field) => {
            let text = *field(&mut settings);
            assert_eq!(text.as_bytes(), value, "{setting}");
            assert!((1..=256).contains(&text.chars().count()) && !text.chars().any(char::is_control));
            assert!(
                !matches!(setting.kind, Kind::ServiceName(_)) || !text.chars().any(|c| "/\\".contains(c))
            );
        }
        Kind::Port(field) => {
            let digits = std::str::from_utf8(value).expect("digits");
            assert_eq!(Ok(u64::from(*field(&mut settings))), digits.parse(), "{setting}");
            assert_ne!(*field(&mut settings), 0);
        }
        Kind::Address(field) => match *field(&mut settings) {
            AllowedAddress::None => assert!(value.is_empty(), "{setting} from {value:?}"),
            AllowedAddress::Any => assert!(word("ANY"), "{setting} from {value:?}"),
            AllowedAddress::Only(address) => {
                let text = std::str::from_utf8(value).expect("an address");
                assert_eq!(Ok(address), text.parse(), "{setting}");
            }
        },
    }
}

/// An editor of another system changes nothing, nor does a comment at the end.
fn same_with_other_line_ends(file: &[u8], settings: &Settings<'_>) {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    // With the mark again, because the reader takes off one, and there may be two.
    let mut unix = b"\xef\xbb\xbf".to_vec();
    let mut bytes = file.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' if bytes.peek() == Some(&b'\n') => {}
            b'\r' => unix.push(b'\n'),
            other => unix.push(other),
        }
    }
    unix.extend_from_slice(b"\n; end");
    assert!(Settings::parse(&unix, |_| {}).as_ref() == Ok(settings), "other line ends, other settings");
}
