//! A view of one certificate revocation list (RFC 5280 section 5).
//!
//! Entries are walked one by one, and none is kept.

mod entries;
mod extensions;

use super::{
    certificate::Certificate,
    distinguished_name::Name,
    distribution_point::IssuingDistributionPoint,
    error::{CertificateError, UnknownRevocation},
    list_memory::ListAnswer,
    public_key::public_key,
    signed::Signed,
    time::time,
};
use crate::UnixTime;
use crate::crypto::{Provider, PublicKey};
use crate::der::{Der, DerError, tag};

use extensions::Extensions;

/// The fields of a list, borrowed from its DER of at most 16 MiB. Parsing verifies nothing.
///
/// ```text
/// CertificateList ::= SEQUENCE {
///     tbsCertList        TBSCertList,
///     signatureAlgorithm AlgorithmIdentifier,
///     signatureValue     BIT STRING }
/// TBSCertList ::= SEQUENCE {
///     version             INTEGER { v2(1) } OPTIONAL,
///     signature           AlgorithmIdentifier,
///     issuer              Name,
///     thisUpdate          Time,
///     nextUpdate          Time OPTIONAL,
///     revokedCertificates SEQUENCE OF SEQUENCE {
///         userCertificate    INTEGER,
///         revocationDate     Time,
///         crlEntryExtensions Extensions OPTIONAL } OPTIONAL,
///     crlExtensions   [0] Extensions OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub struct RevocationList<'a> {
    signed: Signed<'a>,
    issuer: Name<'a>,
    this_update: UnixTime,
    next_update: Option<UnixTime>,
    entries: Der<'a>,
    extensions: Extensions<'a>,
}

impl<'a> RevocationList<'a> {
    /// Parses everything but the entries.
    ///
    /// # Errors
    /// [`DerError`] with the byte that breaks RFC 5280.
    pub fn parse(der: &'a [u8]) -> Result<Self, DerError> {
        let (signed, mut fields) = Signed::parse(der)?;
        let error = fields.error();
        let has_version = match fields.optional(tag::INTEGER)?.map(|version| version.rest()) {
            None => false,
            Some([1]) => true,
            Some(_) => return Err(error),
        };
        let error = fields.error();
        // RFC 5280 section 5.1.2.2: the signed algorithm and the one next to the signature are the same.
        if fields.sequence()?.rest() != signed.algorithm {
            return Err(error);
        }
        let issuer = Name::parse(&mut fields)?;
        let this_update = time(&mut fields)?;
        let next_update = match fields.rest().first() {
            Some(&(tag::UTC_TIME | tag::GENERALIZED_TIME)) => Some(time(&mut fields)?),
            _ => None,
        };
        let entries = fields.optional(tag::SEQUENCE)?.unwrap_or(Der::new(&[]));
        let error = fields.error();
        let extensions = match fields.optional(tag::constructed(0))? {
            Some(extensions) if has_version => Extensions::parse(extensions.only(tag::SEQUENCE)?)?,
            Some(_) => return Err(error),
            None => Extensions::default(),
        };
        fields.end()?;
        Ok(Self { signed, issuer, this_update, next_update, entries, extensions })
    }

    /// Who signed the list.
    pub const fn issuer(&self) -> Name<'a> {
        self.issuer
    }

    /// thisUpdate: the first second for which the list is current.
    pub const fn this_update(&self) -> UnixTime {
        self.this_update
    }

    /// nextUpdate: the last second for which the list is current.
    pub const fn next_update(&self) -> Option<UnixTime> {
        self.next_update
    }

    /// Whether the list is signed with the key that has this SubjectPublicKeyInfo, as
    /// [`Certificate::subject_public_key_info`] gives it: yes, or why that is unknown.
    ///
    /// # Errors
    /// [`UnknownRevocation::BadSignature`], [`UnknownRevocation::UnsupportedAlgorithm`].
    pub fn is_signed_with<P: Provider>(&self, key_info: &[u8]) -> ListAnswer {
        let key = public_key(Der::new(key_info)).map_err(|_| UnknownRevocation::UnsupportedAlgorithm)?;
        verify::<P>(&self.signed, &key)
    }

    /// Whether this list replaces `older`, if both are signed with the same key ([`Self::is_signed_with`]):
    /// it claims the same issuer, key and scope, and is at least as new.
    pub fn supersedes(&self, older: &RevocationList<'_>) -> bool {
        let (own, other) = (&self.extensions, &older.extensions);
        self.issuer == older.issuer
            && self.this_update >= older.this_update
            && own.is_delta == other.is_delta
            && own.scope == other.scope
            && own.key_id == other.key_id
    }

    /// Whether the list is about certificates of `issuer`. None if it is another issuer's.
    pub(super) fn is_about(&self, issuer: Name<'_>) -> Option<bool> {
        if self.issuer != issuer {
            return None;
        }
        let point = self.extensions.issuing_distribution_point.as_ref();
        Some(point.is_none_or(IssuingDistributionPoint::is_about_own_certificates))
    }

    /// Why the list is not current at `now`.
    pub(super) fn time_lack(&self, now: UnixTime) -> Option<UnknownRevocation> {
        if now < self.this_update {
            Some(UnknownRevocation::NotYetValid)
        } else if self.next_update.is_none_or(|next| now > next) {
            // RFC 5280 section 5.1.2.5 requires nextUpdate. Without it a list would be current forever.
            Some(UnknownRevocation::Expired)
        } else {
            None
        }
    }

    /// Why `certificate` is not known to be good if it is not on this list, whatever the time: the list is
    /// not understood, is not complete, or does not cover it.
    pub(super) fn lack(&self, certificate: &Certificate<'_>) -> Option<UnknownRevocation> {
        let is_partial =
            |point: &IssuingDistributionPoint<'_>| point.only_some_reasons || !point.covers(certificate);
        if self.extensions.has_unknown_critical {
            Some(UnknownRevocation::UnsupportedExtension)
        } else if self.extensions.is_delta
            || self.extensions.issuing_distribution_point.as_ref().is_some_and(is_partial)
        {
            Some(UnknownRevocation::OutOfScope)
        } else {
            None
        }
    }

    /// What the issuer signed.
    pub(super) const fn signed(&self) -> Signed<'a> {
        self.signed
    }

    /// Whether the certificate with the encoded serial number `serial` is on the list.
    pub(super) fn contains(&self, serial: &[u8]) -> Result<bool, UnknownRevocation> {
        entries::contains(self.entries, serial, self.extensions.is_delta)
    }
}

/// Verifies the signature of a list with the key of an issuer.
pub(super) fn verify<P: Provider>(signed: &Signed<'_>, key: &PublicKey<'_>) -> ListAnswer {
    signed.verify::<P>(key).map(|()| true).map_err(|error| match error {
        CertificateError::BadSignature => UnknownRevocation::BadSignature,
        _ => UnknownRevocation::UnsupportedAlgorithm,
    })
}

#[cfg(test)]
mod tests;
