//! SubjectPublicKeyInfo: the public keys of the profile (RFC 3279 section 2.3, RFC 5480).

use super::{
    algorithm_identifier::{is_null, split},
    error::CertificateError,
};
use crate::crypto::PublicKey;
use crate::der::{Der, tag};

/// id-ecPublicKey, 1.2.840.10045.2.1
const EC_PUBLIC_KEY: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
/// secp256r1, 1.2.840.10045.3.1.7
const SECP256R1: &[u8] = b"\x2a\x86\x48\xce\x3d\x03\x01\x07";
/// secp384r1, 1.3.132.0.34
const SECP384R1: &[u8] = b"\x2b\x81\x04\x00\x22";
/// rsaEncryption, 1.2.840.113549.1.1.1
const RSA_ENCRYPTION: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";

/// Reads the content of a SubjectPublicKeyInfo.
///
/// # Errors
/// [`CertificateError::UnsupportedKey`] if the key is outside the profile, [`CertificateError::BadEncoding`].
pub(super) fn public_key(mut info: Der<'_>) -> Result<PublicKey<'_>, CertificateError> {
    let algorithm = info.sequence()?;
    let key = info.bytes_of_bit_string()?;
    info.end()?;
    let (oid, parameters) = split(algorithm).ok_or(CertificateError::BadEncoding)?;
    match (oid, parameters.map(|(tag, content)| (tag, content.rest())), key) {
        (EC_PUBLIC_KEY, Some((tag::OBJECT_IDENTIFIER, SECP256R1)), [4, ..]) if key.len() == 65 => {
            Ok(PublicKey::Secp256r1(key))
        }
        (EC_PUBLIC_KEY, Some((tag::OBJECT_IDENTIFIER, SECP384R1)), [4, ..]) if key.len() == 97 => {
            Ok(PublicKey::Secp384r1(key))
        }
        // RFC 3279 section 2.3.1 requires NULL. openssl also accepts keys without it, which does no harm.
        (RSA_ENCRYPTION, ..) if is_null(parameters) => rsa_public_key(key),
        _ => Err(CertificateError::UnsupportedKey),
    }
}

/// `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }` (RFC 8017 appendix A.1.1).
fn rsa_public_key(der: &[u8]) -> Result<PublicKey<'_>, CertificateError> {
    let mut key = Der::new(der).only(tag::SEQUENCE)?;
    let modulus = key.positive_integer()?;
    let exponent = key.positive_integer()?;
    key.end()?;
    // 2048 bits are 256 bytes of which the first has its highest bit set.
    match modulus {
        [0x80..=0xff, ..] if modulus.len() == 256 => {}
        _ if (257..=512).contains(&modulus.len()) => {}
        _ => return Err(CertificateError::UnsupportedKey),
    }
    Ok(PublicKey::Rsa { modulus, exponent })
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use lsam_testing::der::tlv;

    use super::*;

    /// The content of a SubjectPublicKeyInfo.
    fn info(oid: &[u8], parameters: &[u8], key: &[u8]) -> Vec<u8> {
        let algorithm = [&tlv(tag::OBJECT_IDENTIFIER, oid), parameters].concat();
        [tlv(tag::SEQUENCE, &algorithm), tlv(tag::BIT_STRING, &[&[0], key].concat())].concat()
    }

    #[test]
    fn a_point_has_the_length_of_its_curve_and_is_uncompressed() {
        for (curve, len) in [(SECP256R1, 65), (SECP384R1, 97)] {
            let parameters = tlv(tag::OBJECT_IDENTIFIER, curve);
            for (form, key_len, is_supported) in [
                (4, len, true),
                (4, len - 1, false),
                (4, len + 1, false),
                (4, 1, false),
                (2, len, false),
                (4, 65 + 97 - len, false),
            ] {
                let mut point = std::vec![form];
                point.resize(key_len, 7);
                let der = info(EC_PUBLIC_KEY, &parameters, &point);
                let key = public_key(Der::new(&der));
                assert_eq!(key.is_ok(), is_supported, "{curve:02x?} {form} {key_len}");
                if !is_supported {
                    assert_eq!(key.err(), Some(CertificateError::UnsupportedKey));
                }
            }
        }
    }

    #[test]
    fn an_rsa_key_has_2048_to_4096_bits() {
        for (first, len, is_supported) in [
            (0x80, 255, false),
            (0x7f, 256, false),
            (0x80, 256, true),
            (0x01, 257, true),
            (0xff, 512, true),
            (0x01, 513, false),
        ] {
            let mut modulus = std::vec![first];
            modulus.resize(len, 0xff);
            if first >= 0x80 {
                modulus.insert(0, 0);
            }
            let numbers = [tlv(tag::INTEGER, &modulus), tlv(tag::INTEGER, &[1, 0, 1])].concat();
            let der = info(RSA_ENCRYPTION, &[tag::NULL, 0], &tlv(tag::SEQUENCE, &numbers));
            let key = public_key(Der::new(&der));
            assert_eq!(key.is_ok(), is_supported, "{first:02x} {len}");
        }
    }

    #[test]
    fn an_rsa_key_has_null_or_no_parameters() {
        let modulus = [&[0, 0x80][..], &[1; 255]].concat();
        let numbers = [tlv(tag::INTEGER, &modulus), tlv(tag::INTEGER, &[1, 0, 1])].concat();
        let key = tlv(tag::SEQUENCE, &numbers);
        for (parameters, is_supported) in [
            (&[tag::NULL, 0][..], true),
            (&[], true),
            (&[tag::SEQUENCE, 0], false),
            (&[tag::NULL, 1, 0], false),
        ] {
            let der = info(RSA_ENCRYPTION, parameters, &key);
            assert_eq!(public_key(Der::new(&der)).is_ok(), is_supported, "{parameters:02x?}");
        }
    }
}
