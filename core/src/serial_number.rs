//! Serial numbers of certificates as administrators type them and paste them from certificate dialogs.

use core::fmt;

use crate::x509::SerialNumber;

/// Parses a typed serial number.
///
/// Certificate dialogs show it in many ways, all of which are accepted: upper or lower case, with spaces,
/// colons or hyphens between the digits, with `0x` before them, and with or without leading zeros. The
/// invisible direction mark that copying from the Windows dialog adds at the front is ignored, and so is the
/// `?` that it becomes in a file in the ANSI code page.
///
/// ```
/// use lsam_core::serial_number::{self, SerialNumberError};
///
/// let typed = serial_number::parse("\u{200e}0A 1B 2C")?;
/// assert_eq!(typed, serial_number::parse("0xa1b2c")?);
/// assert_eq!(typed.to_string(), "0a1b2c");
/// # Ok::<(), SerialNumberError>(())
/// ```
///
/// # Errors
/// [`SerialNumberError`].
pub fn parse(text: &str) -> Result<SerialNumber, SerialNumberError> {
    let text = text.trim_start_matches(|c| is_separator(c) || c == '?').trim_end_matches(is_separator);
    let text = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    let mut digits = text.chars().rev().filter(|c| !is_separator(*c)).map(|c| c.to_digit(16));
    let mut bytes = [0; SerialNumber::MAX];
    let mut is_empty = true;
    for byte in bytes.iter_mut().rev() {
        let Some(low) = digits.next() else { break };
        let low = low.ok_or(SerialNumberError::NotHexadecimal)?;
        let high = digits.next().unwrap_or(Some(0)).ok_or(SerialNumberError::NotHexadecimal)?;
        *byte = u8::try_from(high << 4 | low).map_err(|_| SerialNumberError::NotHexadecimal)?;
        is_empty = false;
    }
    for digit in digits {
        if digit.ok_or(SerialNumberError::NotHexadecimal)? != 0 {
            return Err(SerialNumberError::TooLong);
        }
    }
    if is_empty {
        return Err(SerialNumberError::Empty);
    }
    SerialNumber::from_bytes(&bytes).ok_or(SerialNumberError::TooLong)
}

/// Why a text is not a serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SerialNumberError {
    /// It has no digits.
    Empty,
    /// It contains something other than hexadecimal digits and separators.
    NotHexadecimal,
    /// It has more than [`SerialNumber::MAX`] bytes.
    TooLong,
}

impl fmt::Display for SerialNumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the serial number is empty",
            Self::NotHexadecimal => "the serial number holds something else than hexadecimal digits",
            Self::TooLong => "the serial number is longer than 32 bytes",
        })
    }
}

/// What may surround and separate the digits: spaces, `:`, `-` and invisible marks.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            ':' | '-'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}'
                | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn every_way_of_typing_it_is_understood() {
        let number = SerialNumber::from_bytes(&[0x0a, 0x1b, 0x2c, 0xd3]).unwrap();
        for text in [
            "0a1b2cd3",
            "0A1B2CD3",
            "a1b2cd3",
            "0A 1B 2C D3",
            "0a:1b:2c:d3",
            "0A-1B-2C-D3",
            "  0x0a1b2cd3\t",
            "0XA1B2CD3",
            "\u{200e}0a 1b 2c d3",
            "?0a 1b 2c d3",
            "\u{200e} 0x0a1b2cd3 \u{200e}",
            "\u{feff}0a1b2cd3",
            "0a\u{a0}1b\u{a0}2c\u{a0}d3",
            "00000000000000000000000000000000000000000000000000000000000000000000000a1b2cd3",
        ] {
            assert_eq!(parse(text), Ok(number), "{text:?}");
        }
    }

    #[test]
    fn digits_are_shown_in_whole_bytes() {
        for (text, shown) in [("ABC", "0abc"), ("0", "00"), ("00:00:0F", "0f"), ("80", "80"), ("0080", "80")]
        {
            assert_eq!(parse(text).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn other_texts_are_rejected() {
        for (text, error) in [
            ("", SerialNumberError::Empty),
            (" \u{200e}:", SerialNumberError::Empty),
            ("0x", SerialNumberError::Empty),
            ("serial", SerialNumberError::NotHexadecimal),
            ("12 34 5g", SerialNumberError::NotHexadecimal),
            ("g2 34 56", SerialNumberError::NotHexadecimal),
            ("120x34", SerialNumberError::NotHexadecimal),
            ("١٢", SerialNumberError::NotHexadecimal),
        ] {
            assert_eq!(parse(text), Err(error), "{text:?}");
            assert!(error.to_string().starts_with("the serial number "), "{error}");
        }
    }

    #[test]
    fn the_longest_has_32_bytes() {
        let longest = "f".repeat(64);
        assert_eq!(parse(&longest).ok(), SerialNumber::from_bytes(&[0xff; 32]));
        assert_eq!(parse(&["1", &longest].concat()), Err(SerialNumberError::TooLong));
        assert_eq!(parse(&["g", &longest].concat()), Err(SerialNumberError::NotHexadecimal));
    }
}
