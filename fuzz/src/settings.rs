//! The settings of an MSLSAM.ini against the values that the reference reader finds in it.

use std::ops::RangeInclusive;

use lsam_core::config::{
    AllowedAddress, Case, EventType, Invalid, Kind, LogComposition, SETTINGS, Setting, Settings, Severity,
    TextRule, WindowState,
};
use lsam_core::ini::Text;

use crate::ini;

/// Target `settings`: a file.
pub fn settings(file: &[u8]) {
    let lines = ini::reference(file).len().max(1);
    let mut errors = 0;
    let mut reported = Vec::new();
    let result = Settings::parse_part(file, |diagnostic| {
        errors += usize::from(diagnostic.severity() == Severity::Error);
        let text = diagnostic.to_string();
        assert!(!text.chars().any(char::is_control), "{text:?}");
        assert!((1..=lines).contains(&diagnostic.at.line) && diagnostic.at.column > 0, "{text}");
        reported.push(text);
    });
    check_whole(file, result);
    match result {
        Err(invalid) => {
            assert_eq!(invalid.errors, errors);
            assert!(errors > 0);
        }
        Ok(settings) => {
            assert_eq!(errors, 0, "{reported:?}");
            assert!(settings.socket_number_to_sam != settings.jors_socket);
            check_values(file, &settings);
            same_with_other_line_ends(file, &settings);
        }
    }
}

/// A complete file is accepted if its lines are, and if it contains every required setting.
fn check_whole(file: &[u8], part: Result<Settings<'_>, Invalid>) {
    let values = ini::values(file);
    let name = |name: &str| name.to_ascii_lowercase().into_bytes();
    let is_named = |setting: &Setting| values.contains_key(&(name(setting.section.name), name(setting.key)));
    let whole = Settings::parse(file, |_| {});
    if SETTINGS.iter().all(|setting| !setting.required || is_named(setting)) {
        assert_eq!(whole, part);
    } else {
        assert!(whole.is_err());
    }
    assert!(!file.contains(&0) || part.is_err());
}

/// Each setting has the value in the file, or its default.
fn check_values(file: &[u8], settings: &Settings<'_>) {
    let values = ini::values(file);
    for setting in SETTINGS {
        let name = |name: &str| name.to_ascii_lowercase().into_bytes();
        let value = values.get(&(name(setting.section.name), name(setting.key)));
        check_value(setting, value.map_or(setting.default.as_bytes(), Vec::as_slice), settings);
    }
}

fn check_value(setting: &Setting, value: &[u8], settings: &Settings<'_>) {
    let is = |word: &str| match setting.section.case {
        Case::Any => value.eq_ignore_ascii_case(word.as_bytes()),
        Case::Upper => value == word.as_bytes(),
    };
    let number = || std::str::from_utf8(value).expect("digits").parse::<u64>().expect("a number");
    match setting.kind {
        Kind::Boolean(field) => {
            assert!(is(if field.get(settings) { "TRUE" } else { "FALSE" }), "{setting} from {value:?}");
        }
        Kind::Switch(field) => {
            assert!(is(if field.get(settings) { "ON" } else { "OFF" }), "{setting} from {value:?}");
        }
        Kind::YesNo(field) => {
            assert!(is(if field.get(settings) { "YES" } else { "NO" }), "{setting} from {value:?}");
        }
        Kind::WindowState(field) => assert!(is(match field.get(settings) {
            WindowState::Hide => "HIDE",
            WindowState::Show => "SHOW",
            WindowState::InteractiveHide => "INTERACTIVEHIDE",
            WindowState::Minimize => "MINIMIZE",
        })),
        Kind::LogComposition(field) => assert!(is(match field.get(settings) {
            LogComposition::Start => "START",
            LogComposition::End => "END",
            LogComposition::Mix => "MIX",
        })),
        Kind::EventType(field) => assert!(is(match field.get(settings) {
            EventType::Error => "1",
            EventType::Warning => "2",
            EventType::Information => "4",
        })),
        Kind::Number { field, min, max } => {
            assert_eq!(u64::from(field.get(settings)), number(), "{setting}");
            assert!((min..=max).contains(&field.get(settings)), "{setting}");
        }
        Kind::Port(field) => {
            assert_eq!(u64::from(field.get(settings)), number(), "{setting}");
            assert_ne!(field.get(settings), 0);
        }
        Kind::OptionalPort(field) => {
            assert_eq!(u64::from(field.get(settings).unwrap_or(0)), number(), "{setting}");
            assert_ne!(field.get(settings), Some(0));
        }
        Kind::Address(field) => match field.get(settings) {
            AllowedAddress::None => assert!(value.is_empty(), "{setting} from {value:?}"),
            AllowedAddress::Any => assert!(is("ANY"), "{setting} from {value:?}"),
            AllowedAddress::Only(address) => {
                let text = std::str::from_utf8(value).expect("an address");
                assert_eq!(Ok(address), text.parse(), "{setting}");
            }
        },
        Kind::Text(rule, field) => {
            let text = field.get(settings);
            match rule {
                TextRule::Any => assert_eq!(text.as_bytes(), value, "{setting}"),
                TextRule::DisplayName => check_text(setting, text, value, 1..=256, ""),
                TextRule::ServiceName => check_text(setting, text, value, 1..=256, "/\\"),
                TextRule::FolderName => check_text(setting, text, value, 1..=255, "\\/:*?\"<>|"),
                TextRule::Path => check_text(setting, text, value, 0..=32_766, "\"<>|*"),
                TextRule::Program => {
                    check_text(setting, text, value, 0..=32_766, "\"<>|*");
                    let name = value.to_ascii_lowercase();
                    let runs = |extension: &&str| name.ends_with(extension.as_bytes());
                    assert!(
                        value.is_empty() || [".bat", ".cmd", ".exe", ".com"].iter().any(runs),
                        "{setting}"
                    );
                }
                TextRule::Command => check_text(setting, text, value, 0..=32_766, ""),
            }
        }
        Kind::EventMessage(field) => match field.get(settings) {
            None => assert!(value.is_empty() || value.eq_ignore_ascii_case(b"NULL"), "{setting}"),
            Some(text) => check_text(setting, text, value, 1..=31_839, ""),
        },
    }
}

fn check_text(setting: &Setting, text: Text<'_>, value: &[u8], length: RangeInclusive<usize>, without: &str) {
    assert_eq!(text.as_bytes(), value, "{setting}");
    assert!(length.contains(&text.chars().count()), "{setting}");
    assert!(!text.chars().any(|c| c.is_control() || without.contains(c)), "{setting}");
}

/// Other line ends and a comment at the end change nothing.
fn same_with_other_line_ends(file: &[u8], settings: &Settings<'_>) {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    // Adds another byte order mark, because the reader skips one, and there may be two.
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
    assert!(Settings::parse_part(&unix, |_| {}).as_ref() == Ok(settings), "other line ends, other settings");
}
