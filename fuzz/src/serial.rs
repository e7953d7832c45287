//! Serial numbers as people type them, against a slow reference that follows the documentation.

use lsam_core::{
    serial_number::{self, SerialNumberError},
    x509::{Certificate, SerialNumber},
};

use crate::issuance::{self, Subject};

/// Target `serial`: the text.
pub fn serial(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let number = serial_number::parse(&text);
    assert_eq!(number.map(|number| number.to_string()), reference(&text), "{text:?}");
    if let Ok(number) = number {
        check(number);
    }
}

/// A parsed number does not depend on how it was typed, and finds its certificate.
fn check(number: SerialNumber) {
    let shown = number.to_string();
    let pairs: Vec<&str> = (0..shown.len()).step_by(2).map(|at| &shown[at..at + 2]).collect();
    for typed in [
        shown.clone(),
        shown.to_uppercase(),
        format!("0x{shown}"),
        format!("0X{}", shown.to_uppercase()),
        format!("\u{200e}{}", pairs.join(" ")),
        format!("?{}", pairs.join(" ")),
        format!(" {} ", pairs.join(":")),
        format!("0000{}", pairs.join("-")),
        shown.strip_prefix('0').unwrap_or(&shown).to_owned(),
    ] {
        assert_eq!(serial_number::parse(&typed), Ok(number), "{typed:?}");
    }
    let bytes: Vec<u8> = pairs.iter().map(|pair| u8::from_str_radix(pair, 16).expect("digits")).collect();
    assert_eq!(SerialNumber::from_bytes(&bytes), Some(number));
    assert_eq!(SerialNumber::from_bytes(&[&[0; 40], &bytes[..]].concat()), Some(number));
    // As in DER: a leading zero only before a set highest bit.
    let encoded = if bytes[0] < 0x80 { bytes } else { [vec![0], bytes].concat() };
    let name = issuance::common_name("a");
    let der = issuance::certificate(&Subject {
        issuer: &name,
        subject: &name,
        serial: &encoded,
        key: 1,
        not_after: b"300101000000Z",
        extensions: vec![],
    });
    assert!(number.is_of(&Certificate::parse(&der).expect("a certificate")));
}

/// The number in lower-case hexadecimal, two digits per byte.
fn reference(text: &str) -> Result<String, SerialNumberError> {
    let is_blank = |c: char| {
        c.is_whitespace()
            || c == ':'
            || c == '-'
            || "\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{feff}"
                .contains(c)
            || ('\u{2060}'..='\u{2069}').contains(&c)
    };
    let start = text.find(|c| !is_blank(c) && c != '?').unwrap_or(text.len());
    let digits = match &text.as_bytes()[start..] {
        [b'0', b'x' | b'X', ..] => &text[start + 2..],
        _ => &text[start..],
    };
    let digits: String = digits.chars().filter(|c| !is_blank(*c)).collect();
    if digits.is_empty() {
        return Err(SerialNumberError::Empty);
    }
    if !digits.chars().all(|c| c.is_ascii_hexdigit()) {
        // Which of two errors is reported is not specified.
        return match serial_number::parse(text) {
            Err(SerialNumberError::TooLong) => Err(SerialNumberError::TooLong),
            _ => Err(SerialNumberError::NotHexadecimal),
        };
    }
    let digits = digits.trim_start_matches('0').to_ascii_lowercase();
    match digits.len() {
        0 => Ok("00".to_owned()),
        65.. => Err(SerialNumberError::TooLong),
        len => Ok(if len % 2 == 0 { digits } else { format!("0{digits}") }),
    }
}
