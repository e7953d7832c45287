//! The known name that a misspelt one was probably meant to be.

use super::table::SECTIONS;
use super::{SETTINGS, Section, Setting};
use crate::ini::Text;

/// The longest name that is compared, in bytes; a test checks that every known name fits.
pub(super) const LONGEST: usize = 40;

/// How many edits a misspelt name may need.
const MOST_EDITS: usize = 3;

/// The section whose name is nearest to `name`.
pub(super) fn section(name: Text<'_>) -> Option<&'static Section> {
    nearest(name.as_bytes(), SECTIONS.iter().map(|group| (group.section.name, group.section)))
}

/// The setting of `section` whose key is nearest to `key`.
pub(super) fn setting(section: &Section, key: Text<'_>) -> Option<&'static Setting> {
    let of_section = SETTINGS.iter().filter(|setting| setting.section == section);
    nearest(key.as_bytes(), of_section.map(|setting| (setting.key, setting)))
}

/// The setting guarding access that `key` was probably meant to be, whatever its section: the exact name, one
/// with a few wrong letters, one with words left out or added (`TLSCheckRevocation`), or one with another
/// number at its end.
pub(super) fn guard(key: Text<'_>) -> Option<&'static Setting> {
    // A comment in the style of other programs.
    if matches!(key.as_bytes(), [b'#' | b'/', ..]) {
        return None;
    }
    let is = || GUARDS.iter().find(|guard| key.is(guard.setting.key));
    let key = key.as_bytes();
    let without_number = without_number(key);
    let without_number = (without_number.len() < key.len()).then_some(without_number);
    let guard = is().or_else(|| near_guard(key)).or_else(|| near_guard(without_number?));
    guard.map(|guard| guard.setting)
}

fn near_guard(key: &[u8]) -> Option<&'static Guard> {
    let letters = letters(key);
    // Each extra byte is an edit, and so is each letter that only one name has. That alone rules out most
    // names.
    let possible = GUARDS.iter().filter(|guard| {
        let has_such_length = key.len().abs_diff(guard.setting.key.len()) <= MOST_EDITS;
        let (own, others) = (letters & !guard.letters, guard.letters & !letters);
        has_such_length && !has_more_bits(own) && !has_more_bits(others)
    });
    let misspelt = nearest(key, possible.map(|guard| (guard.setting.key, guard)));
    misspelt.or_else(|| {
        let mut contained =
            GUARDS.iter().filter(|guard| letters & !guard.letters == 0 || guard.letters & !letters == 0);
        contained.find(|guard| abbreviates(key, guard.setting.key.as_bytes()))
    })
}

/// A setting that guards access, with the letters of its name.
#[derive(Clone, Copy)]
struct Guard {
    setting: &'static Setting,
    letters: u32,
}

const GUARDS: [Guard; count_guards()] = {
    let [first, ..] = SETTINGS else { panic!("the table is empty") };
    let mut all = [Guard { setting: first, letters: 0 }; count_guards()];
    let mut open = all.as_mut_slice();
    let mut settings = SETTINGS;
    while let [setting, rest @ ..] = settings {
        if setting.guards
            && let [guard, after @ ..] = open
        {
            *guard = Guard { setting, letters: letters(setting.key.as_bytes()) };
            open = after;
        }
        settings = rest;
    }
    all
};

const fn count_guards() -> usize {
    let mut count = 0;
    let mut settings = SETTINGS;
    while let [setting, rest @ ..] = settings {
        if setting.guards {
            count += 1;
        }
        settings = rest;
    }
    count
}

/// Whether more than [`MOST_EDITS`] bits are set.
fn has_more_bits(letters: u32) -> bool {
    (0..MOST_EDITS).fold(letters, |rest, _| rest & rest.wrapping_sub(1)) != 0
}

/// The letters that occur in a name, ignoring case, a bit each; all other bytes share one bit.
const fn letters(mut name: &[u8]) -> u32 {
    let mut letters = 0;
    while let [byte, rest @ ..] = name {
        letters |= match byte.to_ascii_lowercase() {
            letter @ b'a'..=b'z' => 1 << (letter - b'a'),
            _ => 1 << 26,
        };
        name = rest;
    }
    letters
}

/// The name without the digits at its end.
fn without_number(name: &[u8]) -> &[u8] {
    let end = name.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |last| last + 1);
    name.get(..end).unwrap_or_default()
}

/// Whether one name contains all bytes of the other in order, ignoring case, and at most the same number of
/// other bytes.
fn abbreviates(one: &[u8], other: &[u8]) -> bool {
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    let mut rest = long.iter();
    long.len().div_ceil(2) <= short.len()
        && short.iter().all(|byte| rest.any(|other| other.eq_ignore_ascii_case(byte)))
}

/// The value of the first name with the fewest edits, if they are few for a name of that length.
fn nearest<T>(name: &[u8], known: impl Iterator<Item = (&'static str, T)>) -> Option<T> {
    let within = |known: &str| name.len().max(known.len()).div_ceil(3).min(MOST_EDITS);
    known
        .filter(|(known, _)| name.len().abs_diff(known.len()) <= within(known))
        .filter_map(|(known, meant)| Some((distance(name, known.as_bytes())?, known, meant)))
        .filter(|(distance, known, _)| *distance <= within(known))
        .min_by_key(|(distance, ..)| *distance)
        .map(|(.., meant)| meant)
}

/// The number of bytes to insert, remove or replace between two names, ignoring case; `None` if `known` is
/// too long to compare.
fn distance(name: &[u8], known: &[u8]) -> Option<usize> {
    // One row of the matrix of distances between all prefixes of both names: the row for the prefix of `name`
    // read so far. The column for the empty prefix of `known` is `left` before the first byte.
    let mut row = [0; LONGEST];
    let row = row.get_mut(..known.len())?;
    for (n, cell) in row.iter_mut().enumerate() {
        *cell = n + 1;
    }
    let mut last = known.len();
    for (n, byte) in name.iter().enumerate() {
        let mut diagonal = n;
        let mut left = n + 1;
        for (cell, other) in row.iter_mut().zip(known) {
            let replaced = diagonal + usize::from(!byte.eq_ignore_ascii_case(other));
            diagonal = *cell;
            left = replaced.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
        last = left;
    }
    Some(last)
}

#[cfg(test)]
mod tests {
    use lsam_testing::TestRng;

    use super::*;

    #[test]
    fn edits_are_counted() {
        for (a, b, edits) in [
            ("", "", 0),
            ("Type", "type", 0),
            ("Tpe", "Type", 1),
            ("Tyype", "Type", 1),
            ("ype", "Type", 1),
            ("xType", "Type", 1),
            ("Tyep", "Type", 2),
            ("", "Msg", 3),
            ("Msg", "", 3),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(a.as_bytes(), b.as_bytes()), Some(edits), "{a} {b}");
        }
        assert_eq!(distance(b"", &[b'a'; LONGEST]), Some(LONGEST));
        assert_eq!(distance(b"", &[b'a'; LONGEST + 1]), None);
    }

    #[test]
    fn every_known_name_can_be_suggested() {
        for setting in SETTINGS {
            for name in [setting.section.name, setting.key] {
                assert!(name.len() <= LONGEST, "{name}");
            }
            let misspelt = |name: &str| std::format!("{name}s");
            assert_eq!(section(Text::from(misspelt(setting.section.name).as_str())), Some(setting.section));
            assert_eq!(
                super::setting(setting.section, Text::from(misspelt(setting.key).as_str())),
                Some(setting)
            );
        }
    }

    #[test]
    fn what_was_meant_to_guard_access_is_found() {
        for (written, meant) in [
            ("usesecuresocket", Some("UseSecureSocket")),
            ("UseSecureSokcet", Some("UseSecureSocket")),
            ("AllowedIPAdress_1", Some("AllowedIPAddress_1")),
            ("AllowedIPAddress_5", Some("AllowedIPAddress_1")),
            ("AllowedIPAddress_9999", Some("AllowedIPAddress_1")),
            ("AllowedIPAdress_1234567890123456789012345678901234567890", Some("AllowedIPAddress_1")),
            ("AllowedIP_2", Some("AllowedIPAddress_2")),
            ("TLSCertSerial", Some("TLSCertificateSerial")),
            ("TLSCheckRevocation", Some("TLSCheckCertificateRevocation")),
            ("TLSClientCertificateValidation", Some("TLSClientValidation")),
            ("#AllowedIPAddress_1", None),
            ("//UseSecureSocket", None),
            ("Socket", None),
            ("12345", None),
            ("", None),
        ] {
            assert_eq!(guard(written.into()).map(|setting| setting.key), meant, "{written}");
        }
        for setting in SETTINGS.iter().filter(|setting| !setting.guards) {
            assert_eq!(guard(setting.key.into()), None, "{setting}");
        }
    }

    /// Names with random edits, near and far.
    #[test]
    fn a_name_is_only_skipped_if_no_comparison_would_find_it() {
        let compared = |key: &[u8]| {
            let misspelt = nearest(key, GUARDS.iter().map(|guard| (guard.setting.key, guard)));
            misspelt.or_else(|| GUARDS.iter().find(|guard| abbreviates(key, guard.setting.key.as_bytes())))
        };
        let mut rng = TestRng(1);
        let (mut found, mut missed) = (0, 0);
        for guard in GUARDS.iter().cycle().take(20_000) {
            let mut key = guard.setting.key.as_bytes().to_vec();
            for _ in 0..rng.below(6) {
                let (at, byte) = (rng.below(key.len()), b"aeioTLS_1x"[rng.below(10)]);
                match rng.below(3) {
                    0 => key[at] = byte,
                    1 => key.insert(at, byte),
                    _ => drop(key.remove(at)),
                }
            }
            let expected = compared(&key).map(|guard| guard.setting);
            assert_eq!(near_guard(&key).map(|guard| guard.setting), expected, "{}", key.escape_ascii());
            if expected.is_some() { found += 1 } else { missed += 1 }
        }
        assert!(found > 5_000 && missed > 500, "{found} found, {missed} missed");
    }

    #[test]
    fn what_is_nowhere_near_is_not_guessed() {
        for name in ["", "x", "Foo", "Nowhere", "A section of another program"] {
            assert_eq!(section(name.into()), None, "{name}");
        }
        assert_eq!(section("Genral Setings".into()).map(|section| section.name), Some("General Settings"));
    }
}
