//! ECDSA signatures as TLS sends them, converted from and to the form that other libraries use.

use super::InvalidSignature;
use crate::der::{Der, tag};
use crate::wire::{BufferFull, Writer, copy_front};

/// Longest value: two INTEGERs of 48 bytes with a zero before each, and three headers.
const MAX_LEN: usize = 104;

/// A DER `Ecdsa-Sig-Value` (RFC 8422 section 5.4, RFC 3279 section 2.2.3), 8 to 104 bytes.
///
/// ```asn1
/// Ecdsa-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER }
/// ```
///
/// NCryptSignHash, secure elements and hardware accelerators return r and s one after the other, each as long
/// as the curve's order (IEEE P1363). [`Self::from_p1363`] converts that into what a handshake needs, and
/// [`Self::to_p1363`] converts it back for a provider that verifies.
///
/// ```
/// use lsam_tls::crypto::EcdsaSigValue;
///
/// let mut raw = [0; 64];
/// (raw[31], raw[32]) = (5, 0x80);
/// let signature = EcdsaSigValue::from_p1363(&raw).ok_or("no signature on secp256r1 or secp384r1")?;
/// assert_eq!(signature.as_ref()[..6], [0x30, 38, 0x02, 1, 5, 0x02]);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EcdsaSigValue {
    der: [u8; MAX_LEN],
    len: usize,
}

impl EcdsaSigValue {
    /// Encodes `raw`: r and s, big-endian, 32 bytes each on secp256r1 and 48 bytes each on secp384r1. `None`
    /// if it has any other length.
    pub fn from_p1363(raw: &[u8]) -> Option<Self> {
        if !matches!(raw.len(), 64 | 96) {
            return None;
        }
        let (r, s) = raw.split_at_checked(raw.len() / 2)?;
        let mut value = Self { der: [0; MAX_LEN], len: 0 };
        let mut writer = Writer::new(&mut value.der);
        write(&mut writer, r, s).ok()?;
        value.len = writer.len();
        Some(value)
    }

    /// Decodes `der` into `raw`: r and s, big-endian, each in one half.
    ///
    /// # Errors
    /// [`InvalidSignature`] if it is not DER, or if r or s is zero, negative or longer than half of `raw`.
    pub fn to_p1363(der: &[u8], raw: &mut [u8]) -> Result<(), InvalidSignature> {
        let mut numbers = Der::new(der).only(tag::SEQUENCE).map_err(|_| InvalidSignature)?;
        let (r, s) = raw.split_at_mut(raw.len() / 2);
        for half in [r, s] {
            let digits = numbers.positive_integer().map_err(|_| InvalidSignature)?;
            let padding = half.len().checked_sub(digits.len()).ok_or(InvalidSignature)?;
            let (zeros, rest) = half.split_at_mut_checked(padding).ok_or(InvalidSignature)?;
            zeros.fill(0);
            copy_front(rest, digits);
        }
        numbers.end().map_err(|_| InvalidSignature)
    }
}

impl AsRef<[u8]> for EcdsaSigValue {
    fn as_ref(&self) -> &[u8] {
        self.der.get(..self.len).unwrap_or_default()
    }
}

fn write(writer: &mut Writer<'_>, r: &[u8], s: &[u8]) -> Result<(), BufferFull> {
    let length = |integer: &Integer<'_>| 2_usize.saturating_add(integer.content_len());
    let (r, s) = (Integer::new(r), Integer::new(s));
    writer.u8(0x30)?;
    // At most 102, so the length has the short form.
    writer.u8(u8::try_from(length(&r).saturating_add(length(&s))).map_err(|_| BufferFull)?)?;
    r.write(writer)?;
    s.write(writer)
}

/// A positive INTEGER in its shortest form (ITU-T X.690 section 8.3): no leading zeros except one that keeps
/// the first bit from being a sign.
struct Integer<'a> {
    sign: &'static [u8],
    digits: &'a [u8],
}

impl<'a> Integer<'a> {
    fn new(big_endian: &'a [u8]) -> Self {
        let mut digits = big_endian;
        while let [0, rest @ ..] = digits
            && !rest.is_empty()
        {
            digits = rest;
        }
        let sign: &[u8] = if digits.first().is_some_and(|first| first & 0x80 != 0) { &[0] } else { &[] };
        Self { sign, digits }
    }

    const fn content_len(&self) -> usize {
        self.sign.len().saturating_add(self.digits.len())
    }

    fn write(&self, writer: &mut Writer<'_>) -> Result<(), BufferFull> {
        writer.u8(0x02)?;
        writer.u8(u8::try_from(self.content_len()).map_err(|_| BufferFull)?)?;
        writer.bytes(self.sign)?;
        writer.bytes(self.digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_and_the_shortest_values_are_in_their_shortest_form() {
        let longest = EcdsaSigValue::from_p1363(&[0xff; 96]).unwrap();
        assert_eq!(longest.as_ref().len(), MAX_LEN);
        assert_eq!(longest.as_ref()[..5], [0x30, 102, 0x02, 49, 0]);
        assert_eq!(longest.as_ref()[53..56], [0x02, 49, 0]);
        let shortest = EcdsaSigValue::from_p1363(&[0; 64]).unwrap();
        assert_eq!(shortest.as_ref(), [0x30, 6, 0x02, 1, 0, 0x02, 1, 0]);
    }

    #[test]
    fn zeros_in_front_go_and_a_set_first_bit_is_no_sign() {
        let mut raw = [0; 64];
        raw[30..32].copy_from_slice(&[0x00, 0x7f]);
        raw[62..64].copy_from_slice(&[0x80, 0x01]);
        let value = EcdsaSigValue::from_p1363(&raw).unwrap();
        assert_eq!(value.as_ref(), [0x30, 8, 0x02, 1, 0x7f, 0x02, 3, 0x00, 0x80, 0x01]);
    }

    #[test]
    fn what_is_no_signature_on_a_curve_of_the_profile_is_none() {
        for len in [0, 1, 63, 65, 95, 97, 132] {
            assert_eq!(EcdsaSigValue::from_p1363(&[1; 132][..len]), None, "{len}");
        }
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let mut raw = [0; 64];
        for (r, s) in [(1, 1), (31, 32), (32, 32), (5, 17)] {
            raw.fill(0);
            raw[32 - r..32].fill(0x81);
            raw[64 - s..].fill(0x7f);
            let der = EcdsaSigValue::from_p1363(&raw).unwrap();
            let mut read = [0xaa; 64];
            assert_eq!(EcdsaSigValue::to_p1363(der.as_ref(), &mut read), Ok(()));
            assert_eq!(read, raw, "{r} {s}");
            // Too long for the curve.
            let shorter = &mut read[..2 * (r.max(s) - 1)];
            assert_eq!(EcdsaSigValue::to_p1363(der.as_ref(), shorter), Err(InvalidSignature), "{r} {s}");
            for len in 0..der.as_ref().len() {
                let cut = &der.as_ref()[..len];
                assert_eq!(EcdsaSigValue::to_p1363(cut, &mut read), Err(InvalidSignature), "{r} {s} {len}");
            }
        }
        let refused: [&[u8]; 6] = [
            &[0x30, 6, 0x02, 1, 0, 0x02, 1, 1],
            &[0x30, 6, 0x02, 1, 1, 0x02, 1, 0],
            &[0x30, 6, 0x02, 1, 0x80, 0x02, 1, 1],
            &[0x30, 7, 0x02, 2, 0, 1, 0x02, 1, 1],
            &[0x30, 6, 0x02, 1, 1, 0x02, 1, 1, 0],
            &[0x30, 9, 0x02, 1, 1, 0x02, 1, 1, 0x02, 1, 1],
        ];
        for der in refused {
            assert_eq!(EcdsaSigValue::to_p1363(der, &mut raw), Err(InvalidSignature), "{der:02x?}");
        }
    }

    #[cfg(feature = "rustcrypto")]
    #[test]
    fn the_library_reads_what_is_written() {
        for filler in 0..=255_u8 {
            let mut raw = [filler.max(1); 64];
            // Both below the order of the curve, with every possible number of leading zeros.
            raw[..usize::from(filler % 32)].fill(0);
            raw[32] = filler & 0x7f;
            let written = EcdsaSigValue::from_p1363(&raw).unwrap();
            let read = p256::ecdsa::Signature::from_der(written.as_ref());
            if let Ok(read) = read {
                assert_eq!(read.to_bytes().as_slice(), raw, "{filler}");
            } else {
                assert!(p256::ecdsa::Signature::from_slice(&raw).is_err(), "{filler}");
            }
        }
    }
}
