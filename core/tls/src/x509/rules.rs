//! The rules that each certificate of a path must satisfy before a signature is verified (RFC 5280 section
//! 6.1).

use super::{Certificate, CertificateError, Purpose};
use crate::UnixTime;

/// What a path must be valid for.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub(super) purpose: Purpose,
    pub(super) now: UnixTime,
}

impl Wanted {
    /// Checks the certificate of a peer, if it is not a root itself. Its usage has already been checked.
    pub(super) fn check_peer(self, peer: &Certificate<'_>) -> Result<(), CertificateError> {
        check_version(peer)?;
        peer.check_extensions()?;
        // The key of an authority signs certificates and must not authenticate a peer.
        if peer.is_authority() {
            return Err(CertificateError::WrongUsage);
        }
        peer.check_validity(self.now)
    }

    /// Checks an intermediate with `below` intermediates between it and the peer, not counting self-issued
    /// ones.
    pub(super) fn check_intermediate(
        self,
        issuer: &Certificate<'_>,
        below: usize,
    ) -> Result<(), CertificateError> {
        check_version(issuer)?;
        self.check_root(issuer, below)
    }

    /// Checks a root in the same way. In RFC 5280 a root is only a name and a key, but Windows and openssl
    /// enforce what it claims about itself, and so does this crate.
    pub(super) fn check_root(self, root: &Certificate<'_>, below: usize) -> Result<(), CertificateError> {
        root.check_extensions()?;
        let extensions = root.extensions();
        // A root of version 1 cannot declare that it is an authority.
        let is_authority = root.is_authority() || root.version() < 3;
        let may_sign = extensions.key_usage.is_none_or(|usage| usage.key_cert_sign);
        let is_low_enough = extensions.path_len.is_none_or(|len| below <= usize::from(len));
        if !(is_authority && may_sign && is_low_enough) {
            return Err(CertificateError::NotAnAuthority);
        }
        if !extensions.allows(self.purpose) {
            return Err(CertificateError::WrongUsage);
        }
        root.check_validity(self.now)
    }
}

/// Only version 3 declares what a certificate is for.
fn check_version(certificate: &Certificate<'_>) -> Result<(), CertificateError> {
    if certificate.version() == 3 { Ok(()) } else { Err(CertificateError::UnsupportedVersion) }
}
