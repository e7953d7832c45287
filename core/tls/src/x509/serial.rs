//! Serial numbers as administrators type them and as certificates carry them (RFC 5280 section 4.1.2.2).

use core::{fmt, str::FromStr};

use super::Certificate;

/// The serial number of a certificate, at most 32 bytes (RFC 5280 allows 20; some authorities exceed that).
///
/// Certificate dialogs show it in many ways, and all of them are understood: upper or lower case, with spaces, colons
/// or hyphens between the digits, with `0x` before them, with or without leading zeros, and with the invisible
/// direction marks that copying from the dialog of Windows puts in front, or with the `?` that such a mark becomes in a file
/// of the ANSI code page.
///
/// ```
/// use lsam_tls::x509::SerialNumber;
///
/// let typed: SerialNumber = "\u{200e}0A 1B 2C".parse()?;
/// assert_eq!(typed, "0xa1b2c".parse()?);
/// assert_eq!(typed.to_string(), "0a1b2c");
/// # Ok::<(), lsam_tls::x509::SerialNumberError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SerialNumber {
    /// Right-aligned, zeros before.
    bytes: [u8; Self::MAX],
}

impl SerialNumber {
    /// The longest serial number, in bytes without leading zeros.
    pub const MAX: usize = 32;

    /// Takes the bytes of a certificate's serial number.
    ///
    /// # Errors
    /// [`SerialNumberError::TooLong`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SerialNumberError> {
        let mut number = Self { bytes: [0; Self::MAX] };
        let mut from = bytes.iter().rev();
        for (to, from) in number.bytes.iter_mut().rev().zip(&mut from) {
            *to = *from;
        }
        if from.all(|byte| *byte == 0) { Ok(number) } else { Err(SerialNumberError::TooLong) }
    }

    /// Whether `certificate` has this serial number. Certificates of two issuers can have the same.
    pub fn is_of(&self, certificate: &Certificate<'_>) -> bool {
        Self::from_bytes(certificate.serial()) == Ok(*self)
    }

    /// The bytes without leading zeros, one zero at least.
    fn significant(&self) -> &[u8] {
        let zeros = self.bytes.iter().take_while(|byte| **byte == 0).count().min(Self::MAX - 1);
        self.bytes.get(zeros..).unwrap_or_default()
    }
}

impl FromStr for SerialNumber {
    type Err = SerialNumberError;

    fn from_str(text: &str) -> Result<Self, SerialNumberError> {
        let text = text.trim_start_matches(|c| is_separator(c) || c == '?').trim_end_matches(is_separator);
        let text = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
        let mut digits = text.chars().rev().filter(|c| !is_separator(*c)).map(|c| c.to_digit(16));
        let mut number = Self { bytes: [0; Self::MAX] };
        let mut empty = true;
        for byte in number.bytes.iter_mut().rev() {
            let Some(low) = digits.next() else { break };
            let low = low.ok_or(SerialNumberError::NotHexadecimal)?;
            let high = digits.next().unwrap_or(Some(0)).ok_or(SerialNumberError::NotHexadecimal)?;
            *byte = u8::try_from(high << 4 | low).map_err(|_| SerialNumberError::NotHexadecimal)?;
            empty = false;
        }
        for digit in digits {
            if digit.ok_or(SerialNumberError::NotHexadecimal)? != 0 {
                return Err(SerialNumberError::TooLong);
            }
        }
        if empty { Err(SerialNumberError::Empty) } else { Ok(number) }
    }
}

/// Lower-case hexadecimal without separators, two digits a byte.
impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.significant().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SerialNumber({self})")
    }
}

/// Why a text is no serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SerialNumberError {
    /// There is no digit in it.
    Empty,
    /// It holds something else than hexadecimal digits and separators.
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

/// What may stand around and between the digits: spaces, `:`, `-`, and marks that no one sees.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, ':' | '-' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
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
            assert_eq!(text.parse(), Ok(number), "{text:?}");
        }
    }

    #[test]
    fn leading_zeros_do_not_count() {
        let number = |bytes: &[u8]| SerialNumber::from_bytes(bytes).unwrap();
        assert_eq!(number(&[0x00, 0x80]), number(&[0x80]));
        assert_eq!(number(&[0; 40]), "0".parse().unwrap());
        assert_eq!(number(&[]), number(&[0]));
        assert_ne!(number(&[0x80]), number(&[0x80, 0x00]));
    }

    #[test]
    fn it_is_shown_in_whole_bytes() {
        for (text, shown) in [("ABC", "0abc"), ("0", "00"), ("00:00:0F", "0f"), ("80", "80"), ("0080", "80")]
        {
            assert_eq!(text.parse::<SerialNumber>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn other_texts_are_refused() {
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
            assert_eq!(text.parse::<SerialNumber>(), Err(error), "{text:?}");
            assert!(error.to_string().starts_with("the serial number "), "{error}");
        }
    }

    #[test]
    fn the_longest_has_32_bytes() {
        let longest = "f".repeat(64);
        assert_eq!(longest.parse::<SerialNumber>().unwrap(), SerialNumber::from_bytes(&[0xff; 32]).unwrap());
        let longer = ["1", &longest].concat();
        assert_eq!(longer.parse::<SerialNumber>(), Err(SerialNumberError::TooLong));
        assert_eq!(SerialNumber::from_bytes(&[0xff; 33]), Err(SerialNumberError::TooLong));
        let broken = ["g", &longest].concat();
        assert_eq!(broken.parse::<SerialNumber>(), Err(SerialNumberError::NotHexadecimal));
    }
}
