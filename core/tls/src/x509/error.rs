//! Why a certificate or a chain is not believed.

use core::fmt;

use super::UnknownRevocation;
use crate::der::DerError;

/// Why a peer's certificate is refused, one rule each.
///
/// The order is that of telling: when several paths to a root were tried, the greatest of their errors is reported,
/// because a path that got further failed for the reason that the administrator looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CertificateError {
    /// No chain to a root of the trust set, and the certificate is not itself in it.
    UnknownIssuer,
    /// A certificate is no DER, or breaks a rule of RFC 5280 for what must be in it.
    BadEncoding,
    /// A certificate has a critical extension that is not understood (RFC 5280 section 4.2).
    UnsupportedExtension,
    /// A certificate has another version than 3.
    UnsupportedVersion,
    /// A signature algorithm outside the profile, such as SHA-1.
    UnsupportedAlgorithm,
    /// A public key outside the profile: another curve, explicit parameters, RSA below 2048 or above 4096 bits.
    UnsupportedKey,
    /// A signature does not verify.
    BadSignature,
    /// An issuer that is no certification authority, may not sign certificates, or not in a chain of this length.
    NotAnAuthority,
    /// A key usage or extended key usage that excludes this use, or the certificate of an authority used as a peer's.
    WrongUsage,
    /// A name that an authority's name constraints exclude, or one that they cannot be applied to.
    NameConstraint,
    /// The name in the certificate is not the expected one.
    NameMismatch,
    /// A validity that has not begun.
    NotYetValid,
    /// A validity that has ended.
    Expired,
    /// A certificate of which no revocation list tells anything, under [`Revocation::RequireKnown`].
    ///
    /// [`Revocation::RequireKnown`]: super::Revocation::RequireKnown
    UnknownRevocation(UnknownRevocation),
    /// A certificate on a revocation list.
    Revoked,
    /// The search for a chain, or a chain itself, went beyond its bound.
    TooComplex,
    /// The peer presented no certificate.
    NoCertificate,
    /// The caller does not know the time, so no validity can be checked.
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
