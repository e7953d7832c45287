//! How a system store finds a path to a root that the system trusts.

use lsam_core::x509::{CertificateError, Purpose};

/// Finds the path from a peer's certificate, the first of its chain, to a root that the system trusts. The
/// path is in DER and includes the root.
pub type SystemPath = fn(&[&[u8]], Purpose) -> Result<Vec<Vec<u8>>, NoPath>;

/// Why the system trusts no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPath {
    /// The rule that comes closest to its objection.
    pub rule: CertificateError,
    /// Whether a certificate in it is explicitly distrusted, which overrides everything else.
    pub is_distrusted: bool,
}
