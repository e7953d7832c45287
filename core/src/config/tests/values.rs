//! Values at the limits of their settings, and beyond them.

use std::{format, string::String};

use super::*;

const TOO_LONG: Option<Fault> = Some(Fault::Long);
const WRONG: Option<Fault> = Some(Fault::NotAccepted);

/// Why `value` is not accepted. When it is, the setting holds it and what shows it reads the same again.
fn fault(section: &str, key: &str, value: &str) -> Option<Fault> {
    let setting = Setting::find(section, key).unwrap();
    assert!(setting.is(section, key));
    let (mut settings, mut again) = (Settings::default(), Settings::default());
    let before = settings;
    let stored = setting.store(value.into(), &mut settings);
    if stored.is_err() {
        assert_eq!(settings, before, "{setting}");
    } else if let SettingValue::Text(text) = setting.read(&mut settings) {
        assert_eq!(text, value.into(), "{setting}");
    } else {
        let shown = settings.value(setting).to_string();
        assert_eq!(setting.store(shown.as_str().into(), &mut again), Ok(()), "{setting}={shown}");
        assert_eq!(settings.value(setting), again.value(setting), "{setting}={shown}");
    }
    stored.err()
}

#[test]
fn a_setting_is_found_by_both_its_names() {
    assert_eq!(Setting::find("jors settings", "JORSSOCKET").map(|setting| setting.key), Some("JORSSocket"));
    assert!(Setting::find("JORS Settings", "SocketNumberToSAM").is_none());
    assert!(Setting::find("SMAFT Settings", "JORSSocket").is_none());
}

#[test]
fn numbers_are_digits_in_a_range() {
    for (value, expected) in [
        ("1", None),
        ("065535", None),
        ("0", Some(Fault::Range)),
        ("65536", Some(Fault::Range)),
        ("4294967297", Some(Fault::Range)),
        ("", Some(Fault::Blank)),
        ("+1", WRONG),
        ("-1", WRONG),
        ("1 000", WRONG),
        ("0x1", WRONG),
    ] {
        assert_eq!(fault("TCP/IP Parameters", "SocketNumberToSAM", value), expected, "{value}");
    }
    assert_eq!(fault("SMAFT Settings", "SmaftServerSocket", "0"), None);
    for (value, expected) in
        [("65535", Some(Fault::Range)), ("65536", None), ("999999", None), ("1000000", Some(Fault::Range))]
    {
        assert_eq!(fault("SMAFT Settings", "PacketSize", value), expected, "{value}");
    }
}

#[test]
fn texts_have_a_longest_length_in_characters() {
    for (section, key, longest) in [
        ("General Settings", "DisplayServiceName", 256),
        ("General Settings", "ShortServiceName", 256),
        ("General Settings", "DefaultECOFDirectory", 32_766),
        ("General Settings", "PostProcess", 32_766),
        ("SMAFT Settings", "TemporaryFolderName", 255),
        ("Service Start", "Msg", 31_839),
    ] {
        for letter in ["x", "ü"] {
            assert_eq!(fault(section, key, &letter.repeat(longest)), None, "{key}");
            assert_eq!(fault(section, key, &letter.repeat(longest + 1)), TOO_LONG, "{key}");
        }
        assert_eq!(fault(section, key, "a\u{7}b"), WRONG, "{key}");
    }
}

#[test]
fn names_and_paths_are_without_what_windows_refuses_there() {
    let refused = |section, key, characters: &str| -> String {
        characters.chars().filter(|c| fault(section, key, &format!("a{c}b")).is_some()).collect()
    };
    const ALL: &str = "\\/:*?\"<>| .-";
    for (section, key, without) in [
        ("General Settings", "DisplayServiceName", ""),
        ("General Settings", "ShortServiceName", "\\/"),
        ("General Settings", "DefaultECOFDirectory", "*\"<>|"),
        ("General Settings", "PostProcess", ""),
        ("SMAFT Settings", "TemporaryFolderName", "\\/:*?\"<>|"),
    ] {
        assert_eq!(refused(section, key, ALL), without, "{key}");
    }
    for (section, key) in [
        ("General Settings", "DisplayServiceName"),
        ("General Settings", "ShortServiceName"),
        ("SMAFT Settings", "TemporaryFolderName"),
    ] {
        assert_eq!(fault(section, key, ""), Some(Fault::Blank), "{key}");
    }
}

#[test]
fn a_program_is_what_windows_runs() {
    for (value, expected) in [
        ("", None),
        ("C:\\a b.cmd", None),
        ("a.BAT", None),
        ("a.exe", None),
        ("a.com", None),
        ("a.txt", WRONG),
        ("exe", WRONG),
        ("a.exe ", WRONG),
        ("a|b.exe", WRONG),
    ] {
        assert_eq!(fault("General Settings", "StartAllProcessesWrapper", value), expected, "{value}");
    }
}
