//! What is asked of each certificate of a path before a signature is verified (RFC 5280 section 6.1).

use super::{Certificate, CertificateError, Purpose};
use crate::UnixTime;

/// What a path is searched for.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub(super) purpose: Purpose,
    pub(super) now: UnixTime,
}

impl Wanted {
    /// Checks a certificate that is not trusted itself as that of a peer. Its usage has been checked.
    pub(super) fn check_peer(self, peer: &Certificate<'_>) -> Result<(), CertificateError> {
        check_version(peer)?;
        peer.check_extensions()?;
        // An authority signs with its key, so that it shall prove nothing else with it.
        if peer.is_authority() {
            return Err(CertificateError::WrongUsage);
        }
        peer.check_validity(self.now)
    }

    /// Checks an intermediate with `below` intermediates between it and the peer, those left out that are self-issued.
    pub(super) fn check_intermediate(
        self,
        issuer: &Certificate<'_>,
        below: usize,
    ) -> Result<(), CertificateError> {
        check_version(issuer)?;
        self.check_root(issuer, below)
    }

    /// Checks a root in the same way. It is only a name and a key to RFC 5280. But Windows and openssl hold it to what it
    /// says of itself, and so does this.
    pub(super) fn check_root(self, root: &Certificate<'_>, below: usize) -> Result<(), CertificateError> {
        root.check_extensions()?;
        let extensions = root.extensions();
        // A root of version 1 cannot say that it is an authority.
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

/// Only version 3 says what a certificate is for.
fn check_version(certificate: &Certificate<'_>) -> Result<(), CertificateError> {
    if certificate.version() == 3 { Ok(()) } else { Err(CertificateError::UnsupportedVersion) }
}
