//! Parsing the text of a value, or the reason why it is not accepted.

use core::fmt;

use super::value::{ANY, NO_EVENT};
use super::{AllowedAddress, Case, ip};
use crate::ini::Text;

/// The longest string of an event that ReportEvent accepts, in characters.
pub(super) const LONGEST_MESSAGE: usize = 31_839;

/// Why a value is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is no value.
    Blank,
    /// The right word in the wrong case.
    WrongCase,
    /// A number out of range.
    OutOfRange,
    /// Too many characters.
    TooLong,
    /// Not one of the words, not a number, or a character that is not allowed.
    Malformed,
}

/// Written after the value in quotes.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blank => "is blank",
            Self::WrongCase => "is not in upper case",
            Self::OutOfRange => "is out of range",
            Self::TooLong => "is too long",
            Self::Malformed => "is not accepted",
        })
    }
}

/// Looks `text` up in `words` and returns the value of its word.
pub(super) fn look_up<T: Copy>(text: Text<'_>, words: &[(&str, T)], case: Case) -> Result<T, Fault> {
    let (_, value) = words.iter().find(|(word, _)| text.is(word)).ok_or_else(|| fault(text))?;
    match case {
        Case::Upper if text.as_bytes().iter().any(u8::is_ascii_lowercase) => Err(Fault::WrongCase),
        _ => Ok(*value),
    }
}

/// A number of decimal digits only; leading zeros are ignored.
pub(super) fn number(text: Text<'_>, min: u32, max: u32) -> Result<u32, Fault> {
    let digits = text.as_bytes();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(fault(text));
    }
    let number = text.as_str().and_then(|digits| digits.parse().ok());
    number.filter(|number| (min..=max).contains(number)).ok_or(Fault::OutOfRange)
}

pub(super) fn port(text: Text<'_>) -> Result<u16, Fault> {
    optional_port(text)?.ok_or(Fault::OutOfRange)
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
        None => look_up(text, &[(ANY, AllowedAddress::Any)], case),
    }
}

/// The text of an event; `None` for no event.
pub(super) fn message(text: Text<'_>) -> Result<Option<Text<'_>>, Fault> {
    if text.is_empty() || text.is(NO_EVENT) {
        return Ok(None);
    }
    printable(text, &[], LONGEST_MESSAGE).map(Some)
}

/// Returns `text` if it has at most `longest` characters, none of them a control character or in `without`.
pub(super) fn printable<'a>(text: Text<'a>, without: &[char], longest: usize) -> Result<Text<'a>, Fault> {
    let mut count = 0;
    for c in text.chars() {
        if c.is_control() || without.contains(&c) {
            return Err(Fault::Malformed);
        }
        count += 1;
    }
    if count > longest { Err(Fault::TooLong) } else { Ok(text) }
}

const fn fault(text: Text<'_>) -> Fault {
    if text.is_empty() { Fault::Blank } else { Fault::Malformed }
}
