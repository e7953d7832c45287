//! The maximum cost of verifying one peer, whatever it presents.

use super::error::CertificateError;

/// Longest path without its root: six intermediates, as many as rustls-webpki allows, and the peer's
/// certificate. Public authorities use up to four.
pub(super) const MAX_PATH: usize = 7;
/// Maximum number of signatures verified. Three roots, three authorities below them and three below those,
/// with one name per level and no key identifiers, take 21. Go's crypto/x509 and rustls-webpki allow 100, too
/// many for a microcontroller.
pub(super) const MAX_SIGNATURES: usize = 24;
/// Maximum number of paths with valid signatures whose names and revocation are checked.
pub(super) const MAX_PATHS: usize = 8;
/// Maximum number of intermediates followed to their issuers. Three levels of authorities with three
/// certificates each take 39.
const MAX_FOLLOWED: usize = 64;
/// Maximum number of revocation lists verified and walked. With one list for each certificate of every path,
/// 56 are needed.
const MAX_LISTS: usize = 64;
/// Maximum number of comparisons of a name with a constraint for one path: the default of Go's crypto/x509
/// and rustls-webpki.
const MAX_COMPARISONS: usize = 250_000;

/// What remains of these limits. Signatures are not counted here: their verdicts are stored, and the space
/// for the verdicts is the limit.
pub(super) struct Budget {
    followed: usize,
    paths: usize,
    lists: usize,
    comparisons: usize,
}

impl Budget {
    pub(super) const fn new() -> Self {
        Self { followed: MAX_FOLLOWED, paths: MAX_PATHS, lists: MAX_LISTS, comparisons: MAX_COMPARISONS }
    }

    /// Pays for an intermediate that is followed.
    ///
    /// # Errors
    /// [`CertificateError::TooComplex`] if nothing is left. The same applies to every method below.
    pub(super) fn follow(&mut self) -> Result<(), CertificateError> {
        spend(&mut self.followed)
    }

    /// Pays for a path with valid signatures. Its comparisons are counted from zero.
    pub(super) fn start_path(&mut self) -> Result<(), CertificateError> {
        self.comparisons = MAX_COMPARISONS;
        spend(&mut self.paths)
    }

    /// Pays for a revocation list.
    pub(super) fn walk_list(&mut self) -> Result<(), CertificateError> {
        spend(&mut self.lists)
    }

    /// Pays for the comparison of one name with one constraint.
    pub(super) fn compare(&mut self) -> Result<(), CertificateError> {
        spend(&mut self.comparisons)
    }
}

fn spend(left: &mut usize) -> Result<(), CertificateError> {
    *left = left.checked_sub(1).ok_or(CertificateError::TooComplex)?;
    Ok(())
}
