//! A view of one certificate (RFC 5280 section 4.1).

use super::{
    Purpose, SubjectAltName,
    algorithms::{Algorithm, is_null, split},
    distinguished_name::{AttributeValue, Name},
    error::CertificateError,
    extensions::{DNS_NAME, Extensions},
    signed::Signed,
    time::time,
};
use crate::der::{Der, DerError, tag};
use crate::{UnixTime, crypto::PublicKey};

/// id-ecPublicKey, 1.2.840.10045.2.1
const EC_PUBLIC_KEY: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
/// secp256r1, 1.2.840.10045.3.1.7
const SECP256R1: &[u8] = b"\x2a\x86\x48\xce\x3d\x03\x01\x07";
/// secp384r1, 1.3.132.0.34
const SECP384R1: &[u8] = b"\x2b\x81\x04\x00\x22";
/// rsaEncryption, 1.2.840.113549.1.1.1
const RSA_ENCRYPTION: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";

/// The fields of a certificate, borrowed from its DER. Nothing is verified by reading it.
///
/// ```text
/// TBSCertificate ::= SEQUENCE {
///     version         [0] INTEGER DEFAULT v1(0),
///     serialNumber        INTEGER,
///     signature           AlgorithmIdentifier,
///     issuer              Name,
///     validity            SEQUENCE { notBefore Time, notAfter Time },
///     subject             Name,
///     subjectPublicKeyInfo SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING },
///     issuerUniqueID  [1] BIT STRING OPTIONAL,
///     subjectUniqueID [2] BIT STRING OPTIONAL,
///     extensions      [3] SEQUENCE OF Extension OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub struct Certificate<'a> {
    der: &'a [u8],
    version: u8,
    serial: &'a [u8],
    issuer: Name<'a>,
    subject: Name<'a>,
    not_before: UnixTime,
    not_after: UnixTime,
    subject_public_key_info: Der<'a>,
    extensions: Extensions<'a>,
}

impl<'a> Certificate<'a> {
    /// Reads the DER of one certificate.
    ///
    /// # Errors
    /// [`DerError`] with the byte where it is not what RFC 5280 asks for.
    pub fn parse(der: &'a [u8]) -> Result<Self, DerError> {
        let (signed, mut tbs) = Signed::parse(der)?;
        let error = tbs.error();
        let version = match tbs.optional(tag::constructed(0))? {
            None => 1,
            Some(version) => match version.only(tag::INTEGER)?.rest() {
                [1] => 2,
                [2] => 3,
                _ => return Err(error),
            },
        };
        let serial = tbs.integer()?;
        let error = tbs.error();
        // RFC 5280 section 4.1.1.2: the same algorithm inside the signature and beside it.
        if tbs.sequence()?.rest() != signed.algorithm {
            return Err(error);
        }
        let issuer = Name::parse(&mut tbs)?;
        let mut validity = tbs.sequence()?;
        let (not_before, not_after) = (time(&mut validity)?, time(&mut validity)?);
        validity.end()?;
        let subject = Name::parse(&mut tbs)?;
        let subject_public_key_info = tbs.sequence()?;
        tbs.optional(tag::context(1))?;
        tbs.optional(tag::context(2))?;
        let extensions = match tbs.optional(tag::constructed(3))? {
            Some(extensions) if version == 3 => Extensions::parse(extensions.only(tag::SEQUENCE)?)?,
            Some(_) => return Err(error),
            None => Extensions::default(),
        };
        tbs.end()?;
        Ok(Self {
            der,
            version,
            serial,
            issuer,
            subject,
            not_before,
            not_after,
            subject_public_key_info,
            extensions,
        })
    }

    /// The DER of the issuer's name in the DER of one certificate, of which nothing else is read: for a certificate of one's
    /// own.
    pub(crate) fn issuer_of(der: &'a [u8]) -> Result<&'a [u8], DerError> {
        let (_, mut tbs) = Signed::parse(der)?;
        tbs.optional(tag::constructed(0))?;
        tbs.integer()?;
        tbs.sequence()?;
        Ok(tbs.element()?.whole)
    }

    /// The public key in the DER of one certificate, of which nothing else is judged, nor read where that is not needed to
    /// find it: for a certificate of one's own.
    ///
    /// # Errors
    /// As [`Self::public_key`].
    pub(crate) fn public_key_of(der: &'a [u8]) -> Result<PublicKey<'a>, CertificateError> {
        let (_, mut tbs) = Signed::parse(der)?;
        tbs.optional(tag::constructed(0))?;
        tbs.integer()?;
        // AlgorithmIdentifier, issuer, validity and subject.
        for _ in 0..4 {
            tbs.sequence()?;
        }
        public_key(tbs.sequence()?)
    }

    /// The whole certificate.
    pub const fn der(&self) -> &'a [u8] {
        self.der
    }

    /// The version as people count it, 1 to 3.
    pub const fn version(&self) -> u8 {
        self.version
    }

    /// The serial number as it is encoded, big-endian; see [`SerialNumber`](super::SerialNumber) to compare it.
    pub const fn serial(&self) -> &'a [u8] {
        self.serial
    }

    /// Who signed it.
    pub const fn issuer(&self) -> Name<'a> {
        self.issuer
    }

    /// Whose certificate it is.
    pub const fn subject(&self) -> Name<'a> {
        self.subject
    }

    /// The most specific common name of the subject.
    pub fn subject_common_name(&self) -> Option<AttributeValue<'a>> {
        self.subject.common_name()
    }

    /// The first second of its validity.
    pub const fn not_before(&self) -> UnixTime {
        self.not_before
    }

    /// The last second of its validity.
    pub const fn not_after(&self) -> UnixTime {
        self.not_after
    }

    /// Whether `now` is in its validity.
    ///
    /// # Errors
    /// [`CertificateError::NotYetValid`] or [`CertificateError::Expired`].
    pub fn check_validity(&self, now: UnixTime) -> Result<(), CertificateError> {
        if now < self.not_before {
            Err(CertificateError::NotYetValid)
        } else if now > self.not_after {
            Err(CertificateError::Expired)
        } else {
            Ok(())
        }
    }

    /// The subject's public key.
    ///
    /// # Errors
    /// [`CertificateError::UnsupportedKey`] when it is outside the profile: only points of secp256r1 and secp384r1 in
    /// uncompressed form and RSA of 2048 to 4096 bits are in. [`CertificateError::BadEncoding`].
    pub fn public_key(&self) -> Result<PublicKey<'a>, CertificateError> {
        public_key(self.subject_public_key_info)
    }

    /// The DER of the subject's public key, without the tag and length around it.
    pub const fn subject_public_key_info(&self) -> &'a [u8] {
        self.subject_public_key_info.rest()
    }

    /// The content of the subject's public key: a point, or the DER of an RSAPublicKey.
    ///
    /// # Errors
    /// [`DerError`] with the byte where it is malformed.
    pub fn subject_public_key(&self) -> Result<&'a [u8], DerError> {
        let mut info = self.subject_public_key_info;
        info.sequence()?;
        info.bytes_of_bit_string()
    }

    /// What its issuer calls its key (RFC 5280 section 4.2.1.2).
    pub const fn subject_key_id(&self) -> Option<&'a [u8]> {
        self.extensions.subject_key_id
    }

    /// What its issuer calls the key that signed it (RFC 5280 section 4.2.1.1).
    pub const fn authority_key_id(&self) -> Option<&'a [u8]> {
        self.extensions.authority_key_id
    }

    /// The names beside the subject (RFC 5280 section 4.2.1.6), of those kinds that a connection is made to.
    pub fn subject_alt_names(&self) -> impl Iterator<Item = SubjectAltName<'a>> + use<'a> {
        self.extensions.subject_alt_names()
    }

    /// Whether there is an alternative name of the type dNSName, even one that is malformed.
    pub fn has_dns_names(&self) -> bool {
        self.extensions.general_names().any(|name| name.tag == DNS_NAME)
    }

    /// Whether issuer and subject are the same name. Its signature may still be someone else's.
    pub fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Whether it says that it is one of a certification authority (RFC 5280 section 4.2.1.9).
    pub const fn is_authority(&self) -> bool {
        self.extensions.is_authority
    }

    /// Checks that a peer may use it for `purpose` in a handshake: key usage allows signatures (RFC 5246 section
    /// 7.4.2), and extended key usage, when there is one, names the purpose.
    ///
    /// # Errors
    /// [`CertificateError::WrongUsage`].
    pub fn check_usage(&self, purpose: Purpose) -> Result<(), CertificateError> {
        let usage = self.extensions.key_usage;
        if usage.is_none_or(|usage| usage.digital_signature) && self.extensions.allows(purpose) {
            Ok(())
        } else {
            Err(CertificateError::WrongUsage)
        }
    }

    /// Checks what a peer requires of every certificate that another one issued, whoever that is: version 3, a public key and
    /// a signature algorithm of the profile, and no critical extension that is unknown. Verifies no signature.
    ///
    /// # Errors
    /// [`CertificateError`] for the rule that it breaks.
    pub fn check_profile(&self) -> Result<(), CertificateError> {
        if self.version != 3 {
            return Err(CertificateError::UnsupportedVersion);
        }
        Algorithm::parse(Signed::parse(self.der)?.0.algorithm)
            .ok_or(CertificateError::UnsupportedAlgorithm)?;
        self.public_key()?;
        self.check_extensions()
    }

    /// Checks that every critical extension is understood (RFC 5280 section 4.2), and that no policy is required.
    pub(super) const fn check_extensions(&self) -> Result<(), CertificateError> {
        if self.extensions.has_unknown_critical {
            Err(CertificateError::UnsupportedExtension)
        } else {
            Ok(())
        }
    }

    pub(super) const fn extensions(&self) -> &Extensions<'a> {
        &self.extensions
    }
}

/// Reads the content of a SubjectPublicKeyInfo.
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
        // RFC 3279 section 2.3.1 has NULL. Nothing in its place says as much, and openssl reads it too.
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
