//! A view of one certificate (RFC 5280 section 4.1).

use super::{
    distinguished_name::{AttributeValue, Name},
    error::CertificateError,
    extensions::{DNS_NAME, Extensions, SubjectAltName},
    public_key::public_key,
    signature_algorithm::Algorithm,
    signed::Signed,
    time::time,
    usage::Purpose,
};
use crate::der::{Der, DerError, tag};
use crate::{UnixTime, crypto::PublicKey};

/// The fields of a certificate, borrowed from its DER. Parsing verifies nothing.
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
    /// Parses the DER of one certificate.
    ///
    /// # Errors
    /// [`DerError`] with the byte that breaks RFC 5280.
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
        // RFC 5280 section 4.1.1.2: the signed algorithm and the one next to the signature are the same.
        if tbs.sequence()?.rest() != signed.algorithm {
            return Err(error);
        }
        let issuer = Name::parse(&mut tbs)?;
        let mut validity = tbs.sequence()?;
        let (not_before, not_after) = (time(&mut validity)?, time(&mut validity)?);
        validity.end()?;
        let subject = Name::parse(&mut tbs)?;
        let subject_public_key_info = tbs.sequence()?;
        let extensions = match Self::extensions_at_end(tbs)? {
            Some(extensions) if version == 3 => Extensions::parse(extensions)?,
            Some(_) => return Err(error),
            None => Extensions::default(),
        };
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

    /// The DER of the issuer's name, without parsing the rest of it. For certificates of this side.
    pub(crate) fn issuer_of(der: &'a [u8]) -> Result<&'a [u8], DerError> {
        Ok(Self::fields_from_issuer(der)?.element()?.whole)
    }

    /// The subject, without parsing or checking the rest of it.
    pub(super) fn subject_of(der: &'a [u8]) -> Result<Name<'a>, DerError> {
        let mut tbs = Self::fields_from_issuer(der)?;
        // Issuer and validity.
        tbs.sequence()?;
        tbs.sequence()?;
        Name::parse(&mut tbs)
    }

    /// The public key, without parsing or checking the rest of it. For certificates of this side, those that
    /// were parsed before, and those that the host verifies.
    ///
    /// # Errors
    /// As [`Self::public_key`].
    pub(crate) fn public_key_of(der: &'a [u8]) -> Result<PublicKey<'a>, CertificateError> {
        let mut tbs = Self::fields_from_issuer(der)?;
        // Issuer, validity and subject.
        for _ in 0..3 {
            tbs.sequence()?;
        }
        public_key(tbs.sequence()?)
    }

    /// The content of NameConstraints, without parsing or checking the rest. For certificates that were
    /// parsed before.
    pub(super) fn name_constraints_of(der: &'a [u8]) -> Result<Option<Der<'a>>, DerError> {
        let mut tbs = Self::fields_from_issuer(der)?;
        // Issuer, validity, subject and key.
        for _ in 0..4 {
            tbs.sequence()?;
        }
        Ok(Self::extensions_at_end(tbs)?
            .map(Extensions::parse)
            .transpose()?
            .and_then(|all| all.name_constraints))
    }

    /// The content of the SEQUENCE OF Extension, which follows the unique identifiers.
    fn extensions_at_end(mut tbs: Der<'a>) -> Result<Option<Der<'a>>, DerError> {
        tbs.optional(tag::context(1))?;
        tbs.optional(tag::context(2))?;
        let extensions = tbs.optional(tag::constructed(3))?;
        tbs.end()?;
        extensions.map(|extensions| extensions.only(tag::SEQUENCE)).transpose()
    }

    fn fields_from_issuer(der: &'a [u8]) -> Result<Der<'a>, DerError> {
        let mut tbs = Der::new(der).sequence()?.sequence()?;
        tbs.optional(tag::constructed(0))?;
        tbs.integer()?;
        tbs.sequence()?;
        Ok(tbs)
    }

    /// The whole certificate.
    pub const fn der(&self) -> &'a [u8] {
        self.der
    }

    /// The version as people count it: 1, 2 or 3.
    pub const fn version(&self) -> u8 {
        self.version
    }

    /// The serial number as encoded, big-endian. Compare it as a [`SerialNumber`](super::SerialNumber).
    pub const fn serial(&self) -> &'a [u8] {
        self.serial
    }

    /// The name of the issuer.
    pub const fn issuer(&self) -> Name<'a> {
        self.issuer
    }

    /// The name of the subject.
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

    /// Checks that it is valid at `now`.
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
    /// [`CertificateError::UnsupportedKey`] if it is outside the profile, which has uncompressed points of
    /// secp256r1 and secp384r1, and RSA of 2048 to 4096 bits. [`CertificateError::BadEncoding`].
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
    /// [`DerError`] with the byte that is malformed.
    pub fn subject_public_key(&self) -> Result<&'a [u8], DerError> {
        let mut info = self.subject_public_key_info;
        info.sequence()?;
        info.bytes_of_bit_string()
    }

    /// subjectKeyIdentifier: the issuer's name for its key (RFC 5280 section 4.2.1.2).
    pub const fn subject_key_id(&self) -> Option<&'a [u8]> {
        self.extensions.subject_key_id
    }

    /// authorityKeyIdentifier: the issuer's name for the key that signed it (RFC 5280 section 4.2.1.1).
    pub const fn authority_key_id(&self) -> Option<&'a [u8]> {
        self.extensions.authority_key_id
    }

    /// The alternative names (RFC 5280 section 4.2.1.6) of the types to which one connects: DNS names and IP
    /// addresses.
    pub fn subject_alt_names(&self) -> impl Iterator<Item = SubjectAltName<'a>> + use<'a> {
        self.extensions.subject_alt_names()
    }

    /// Whether there is an alternative name of the type dNSName, even one that is malformed.
    pub fn has_dns_names(&self) -> bool {
        self.extensions.general_names().any(|name| name.tag == DNS_NAME)
    }

    /// Whether issuer and subject have the same name. The signature may still be someone else's.
    pub fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Whether it declares its subject a certification authority (RFC 5280 section 4.2.1.9).
    pub const fn is_authority(&self) -> bool {
        self.extensions.is_authority
    }

    /// Checks that a peer may use it for `purpose` in a handshake: key usage allows signatures (RFC 5246
    /// section 7.4.2), and extended key usage is absent or includes the purpose.
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

    /// Checks what a peer requires of every issued certificate, whoever the issuer is: version 3, a public
    /// key and a signature algorithm of the profile, and no unknown critical extension. Verifies no
    /// signature.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check_profile(&self) -> Result<(), CertificateError> {
        if self.version != 3 {
            return Err(CertificateError::UnsupportedVersion);
        }
        Algorithm::parse(Signed::parse(self.der)?.0.algorithm)
            .ok_or(CertificateError::UnsupportedAlgorithm)?;
        self.public_key()?;
        self.check_extensions()
    }

    /// Checks that every critical extension is supported (RFC 5280 section 4.2), and that no policy is
    /// required.
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
