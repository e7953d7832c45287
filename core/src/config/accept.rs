//! From the text of a value to what a setting holds, or to the reason why it is not accepted.

use core::fmt;

use super::value::{ANY, NO_EVENT};
use super::{AllowedAddress, Case, ip};
use crate::ini::Text;

/// Characters in a name that the Service Control Manager takes.
pub(super) const LONGEST_NAME: usize = 256;
/// Characters in one part of a path.
pub(super) const LONGEST_FOLDER_NAME: usize = 255;
/// Characters in a path, beside the zero at its end that Windows counts.
pub(super) const LONGEST_PATH: usize = 32_766;
/// Characters in a command line that CreateProcess takes, beside the zero at its end.
pub(super) const LONGEST_COMMAND: usize = 32_766;
/// Characters in a string of an event that ReportEvent takes.
pub(super) const LONGEST_MESSAGE: usize = 31_839;

/// Why a value is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is no value.
    Blank,
    /// It is the right word in the wrong case.
    Case,
    /// It is a number outside the range.
    Range,
    /// It has too many characters.
    Long,
    /// It is something else.
    NotAccepted,
}

/// To follow the value in quotes.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blank => "is blank",
            Self::Case => "is not in upper case",
            Self::Range => "is out of range",
            Self::Long => "is too long",
            Self::NotAccepted => "is not accepted",
        })
    }
}

/// What the one of `words` that stands in `text` means.
pub(super) fn word<T: Copy>(text: Text<'_>, words: &[(&str, T)], case: Case) -> Result<T, Fault> {
    let (_, meaning) = words.iter().find(|(word, _)| text.is(word)).ok_or_else(|| fault(text))?;
    match case {
        Case::Upper if text.as_bytes().iter().any(u8::is_ascii_lowercase) => Err(Fault::Case),
        _ => Ok(*meaning),
    }
}

/// Digits alone; zeros before them do not count.
pub(super) fn number(text: Text<'_>, min: u32, max: u32) -> Result<u32, Fault> {
    let digits = text.as_bytes();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(fault(text));
    }
    let number = text.as_str().and_then(|digits| digits.parse().ok());
    number.filter(|number| (min..=max).contains(number)).ok_or(Fault::Range)
}

pub(super) fn port(text: Text<'_>) -> Result<u16, Fault> {
    optional_port(text)?.ok_or(Fault::Range)
}

pub(super) fn optional_port(text: Text<'_>) -> Result<Option<u16>, Fault> {
    let port = number(text, 0, u16::MAX.into())?;
    Ok(u16::try_from(port).ok().filter(|port| *port != 0))
}

pub(super) fn address(text: Text<'_>, case: Case) -> Result<AllowedAddress, Fault> {
    if text.is_empty() {
        return Ok(AllowedAddress::None);
    }
    match ip::parse(text.as_bytes()) {
        Some(address) => Ok(AllowedAddress::Only(address)),
        None => word(text, &[(ANY, AllowedAddress::Any)], case),
    }
}

/// What the Service Control Manager takes as a name, none of it in `without`.
pub(super) fn name<'a>(text: Text<'a>, without: &[char]) -> Result<Text<'a>, Fault> {
    if text.is_empty() { Err(Fault::Blank) } else { printable(text, without, LONGEST_NAME) }
}

pub(super) fn folder_name(text: Text<'_>) -> Result<Text<'_>, Fault> {
    const WITHOUT: [char; 9] = ['\\', '/', ':', '*', '?', '"', '<', '>', '|'];
    if text.is_empty() { Err(Fault::Blank) } else { printable(text, &WITHOUT, LONGEST_FOLDER_NAME) }
}

/// A `?` is accepted: `\\?\C:\...` is a path.
pub(super) fn path(text: Text<'_>) -> Result<Text<'_>, Fault> {
    printable(text, &['"', '<', '>', '|', '*'], LONGEST_PATH)
}

pub(super) fn program(text: Text<'_>) -> Result<Text<'_>, Fault> {
    let runs = |extension: &&str| {
        let last = text.as_bytes().last_chunk::<4>();
        last.is_some_and(|last| last.eq_ignore_ascii_case(extension.as_bytes()))
    };
    if !text.is_empty() && [".bat", ".cmd", ".exe", ".com"].iter().all(|extension| !runs(extension)) {
        return Err(Fault::NotAccepted);
    }
    path(text)
}

pub(super) fn command(text: Text<'_>) -> Result<Text<'_>, Fault> {
    printable(text, &[], LONGEST_COMMAND)
}

pub(super) fn message(text: Text<'_>) -> Result<Option<Text<'_>>, Fault> {
    if text.is_empty() || text.is(NO_EVENT) {
        return Ok(None);
    }
    printable(text, &[], LONGEST_MESSAGE).map(Some)
}

/// At most `longest` characters, none of them a control character or in `without`.
fn printable<'a>(text: Text<'a>, without: &[char], longest: usize) -> Result<Text<'a>, Fault> {
    let mut count = 0;
    for c in text.chars() {
        if c.is_control() || without.contains(&c) {
            return Err(Fault::NotAccepted);
        }
        count += 1;
    }
    if count > longest { Err(Fault::Long) } else { Ok(text) }
}

const fn fault(text: Text<'_>) -> Fault {
    if text.is_empty() { Fault::Blank } else { Fault::NotAccepted }
}
