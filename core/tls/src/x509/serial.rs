//! Serial numbers of certificates (RFC 5280 section 4.1.2.2).

use core::fmt;

use super::certificate::Certificate;
use crate::wire::copy_front;

/// The serial number of a certificate, at most 32 bytes (RFC 5280 allows 20; some authorities exceed that).
///
/// It is shown as lower-case hexadecimal without separators, two digits per byte.
///
/// ```
/// use lsam_tls::x509::SerialNumber;
///
/// let number = SerialNumber::from_bytes(&[0x00, 0xa1, 0xb2]);
/// assert_eq!(number, SerialNumber::from_bytes(&[0xa1, 0xb2]));
/// assert_eq!(number.map(|number| number.to_string()).as_deref(), Some("a1b2"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SerialNumber {
    /// Right-aligned.
    bytes: [u8; Self::MAX],
}

impl SerialNumber {
    /// The longest serial number, in bytes without leading zeros.
    pub const MAX: usize = 32;

    /// The number with these big-endian bytes, as [`Certificate::serial`] returns them. None if it is longer
    /// than [`Self::MAX`]. Leading zeros are ignored.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let digits = without_leading_zeros(bytes);
        let mut number = Self { bytes: [0; Self::MAX] };
        let start = Self::MAX.checked_sub(digits.len())?;
        copy_front(number.bytes.get_mut(start..)?, digits);
        Some(number)
    }

    /// Whether `certificate` has this serial number. Certificates of different issuers can have the same one.
    pub fn is_of(&self, certificate: &Certificate<'_>) -> bool {
        Self::from_bytes(certificate.serial()) == Some(*self)
    }

    /// The bytes without leading zeros, at least one.
    fn significant(&self) -> &[u8] {
        let zeros = self.bytes.iter().take_while(|byte| **byte == 0).count().min(Self::MAX - 1);
        self.bytes.get(zeros..).unwrap_or_default()
    }
}

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

/// An encoder may write too many leading zeros, or omit the one that a set highest bit requires. To the
/// issuer, the number is the same.
pub(super) fn without_leading_zeros(serial: &[u8]) -> &[u8] {
    let zeros = serial.iter().take_while(|byte| **byte == 0).count();
    serial.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    fn number(bytes: &[u8]) -> SerialNumber {
        SerialNumber::from_bytes(bytes).unwrap()
    }

    #[test]
    fn leading_zeros_are_ignored() {
        assert_eq!(number(&[0x00, 0x80]), number(&[0x80]));
        assert_eq!(number(&[0; 40]), number(&[]));
        assert_eq!(number(&[]), number(&[0]));
        assert_ne!(number(&[0x80]), number(&[0x80, 0x00]));
    }

    #[test]
    fn it_is_shown_in_whole_bytes() {
        for (bytes, shown) in
            [(&[0x0a, 0xbc][..], "0abc"), (&[], "00"), (&[0, 0, 0x0f], "0f"), (&[0, 0x80], "80")]
        {
            assert_eq!(number(bytes).to_string(), shown);
        }
    }

    #[test]
    fn the_longest_has_32_bytes() {
        assert_eq!(number(&[0xff; 32]).to_string(), "f".repeat(64));
        assert_eq!(SerialNumber::from_bytes(&[0xff; 33]), None);
    }
}
