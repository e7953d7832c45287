//! Why a certificate or a chain is rejected.

use core::fmt;

use crate::der::DerError;

/// The rule that a peer's certificate breaks.
///
/// Ordered by precedence when reporting: if several paths to a root fail, the greatest of their errors is
/// reported, because the path that got furthest usually failed for the reason that the administrator is
/// looking for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CertificateError {
    /// No path leads to a root of the trust set, and the certificate is not itself one.
    UnknownIssuer,
    /// A certificate is not DER, or not structured as RFC 5280 requires.
    BadEncoding,
    /// A certificate has a critical extension that is not supported (RFC 5280 section 4.2).
    UnsupportedExtension,
    /// A certificate is not of version 3.
    UnsupportedVersion,
    /// A signature algorithm outside the profile, such as SHA-1.
    UnsupportedAlgorithm,
    /// A public key outside the profile: another curve, explicit parameters, RSA below 2048 or above 4096
    /// bits.
    UnsupportedKey,
    /// A signature does not verify.
    BadSignature,
    /// An issuer that is not a certification authority, may not sign certificates, or may not issue in a
    /// chain of this length.
    NotAnAuthority,
    /// A key usage or extended key usage that excludes this use, or the certificate of an authority used as a
    /// peer's.
    WrongUsage,
    /// A name that an authority's name constraints exclude, or to which they cannot be applied.
    NameConstraint,
    /// The name in the certificate is not the expected one.
    NameMismatch,
    /// A certificate is not valid yet.
    NotYetValid,
    /// A certificate has expired.
    Expired,
    /// A certificate whose revocation status is unknown, under [`Revocation::RequireKnown`].
    ///
    /// [`Revocation::RequireKnown`]: super::Revocation::RequireKnown
    UnknownRevocation(UnknownRevocation),
    /// A certificate on a revocation list.
    Revoked,
    /// A chain, or the search for a path, exceeds its bound.
    TooComplex,
    /// The peer presented no certificate.
    NoCertificate,
    /// The caller does not know the time, so validity periods cannot be checked.
    NoTime,
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownIssuer => "no trusted root issued the certificate",
            Self::BadEncoding => "a certificate is malformed",
            Self::UnsupportedExtension => "a certificate has a critical extension that is not supported",
            Self::UnsupportedVersion => "a certificate is not of X.509 version 3",
            Self::UnsupportedAlgorithm => "a certificate is signed with an algorithm that is not supported",
            Self::UnsupportedKey => "a certificate has a public key of a kind or size that is not supported",
            Self::BadSignature => "the signature of a certificate does not verify",
            Self::NotAnAuthority => "a certificate in the chain may not issue certificates",
            Self::WrongUsage => "the certificate's key usage does not allow this use",
            Self::NameConstraint => "the certificate's names break the name constraints of its issuer",
            Self::NameMismatch => "the name in the certificate is not the expected one",
            Self::NotYetValid => "a certificate is not valid yet",
            Self::Expired => "a certificate has expired",
            Self::UnknownRevocation(_) => "whether a certificate has been revoked is unknown",
            Self::Revoked => "a certificate has been revoked",
            Self::TooComplex => "the certificate chain is too long or too complex",
            Self::NoCertificate => "no certificate was presented",
            Self::NoTime => "the current time is not known, so no certificate can be checked",
        })?;
        if let Self::UnknownRevocation(reason) = self { write!(f, ": {reason}") } else { Ok(()) }
    }
}

impl core::error::Error for CertificateError {}

impl From<DerError> for CertificateError {
    fn from(_: DerError) -> Self {
        Self::BadEncoding
    }
}

/// Why it is unknown whether a certificate has been revoked.
///
/// If an issuer has several lists, the greatest of their reasons is reported: that of the list that got
/// furthest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum UnknownRevocation {
    /// The issuer has no list, or none that can be read.
    NoList,
    /// The issuer's lists are delta lists or indirect ones, are meant for other certificates, or omit some
    /// reasons.
    OutOfScope,
    /// The issuer's key usage does not allow it to sign lists.
    NotAllowedToSign,
    /// A list is signed with an algorithm or key outside the profile.
    UnsupportedAlgorithm,
    /// The signature of a list does not verify with the key of the certificate's issuer.
    BadSignature,
    /// The entries of a list are malformed.
    BadEncoding,
    /// A list or one of its entries has a critical extension that is not supported.
    UnsupportedExtension,
    /// A list is not valid yet: thisUpdate is in the future.
    NotYetValid,
    /// A list is stale: nextUpdate has passed, or is missing.
    Expired,
}

impl fmt::Display for UnknownRevocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoList => "there is no readable revocation list of the issuer",
            Self::OutOfScope => "no complete revocation list of the issuer is meant for the certificate",
            Self::NotAllowedToSign => "the issuer's key usage does not allow it to sign revocation lists",
            Self::UnsupportedAlgorithm => {
                "the revocation list is signed with an algorithm that is not supported"
            }
            Self::BadSignature => {
                "the signature of the revocation list does not verify with the issuer's key"
            }
            Self::BadEncoding => "the entries of the revocation list are malformed",
            Self::UnsupportedExtension => {
                "the revocation list has a critical extension that is not supported"
            }
            Self::NotYetValid => "the revocation list is not valid yet",
            Self::Expired => "the revocation list is out of date",
        })
    }
}

impl From<DerError> for UnknownRevocation {
    fn from(_: DerError) -> Self {
        Self::BadEncoding
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_byte() {
        assert_eq!(size_of::<CertificateError>(), 1);
        assert_eq!(size_of::<Result<(), CertificateError>>(), 1);
    }

    #[test]
    fn an_unknown_revocation_says_why() {
        let shown = |error: CertificateError| std::string::ToString::to_string(&error);
        assert_eq!(shown(CertificateError::Expired), "a certificate has expired");
        assert_eq!(
            shown(CertificateError::UnknownRevocation(UnknownRevocation::Expired)),
            "whether a certificate has been revoked is unknown: the revocation list is out of date"
        );
    }

    #[test]
    fn what_got_further_is_greater() {
        assert!(CertificateError::Expired > CertificateError::BadSignature);
        assert!(CertificateError::BadSignature > CertificateError::UnknownIssuer);
        assert!(CertificateError::Revoked > CertificateError::Expired);
        let unknown = CertificateError::UnknownRevocation(UnknownRevocation::Expired);
        assert!(CertificateError::Revoked > unknown && unknown > CertificateError::Expired);
    }
}
