//! What a session requires of its host, provided from files and the system.

use std::time::{SystemTime, UNIX_EPOCH};

use getrandom::SysRng;
use lsam_core::UnixTime;
use lsam_core::crypto::Entropy;
use lsam_core::io::Host;
use lsam_core::tls::{SignRequest, SignerFailed};
use lsam_core::x509::{CertificateError, CertificateList};
use lsam_testing::key::Key;

/// Verifies a peer's chain at a time.
pub type VerifyPeer<'a> =
    dyn Fn(CertificateList<'_>, Option<UnixTime>) -> Result<(), CertificateError> + Sync + 'a;

/// The host of one session.
pub struct FileHost<'a> {
    entropy: SysRng,
    keys: &'a [Key],
    verify: &'a VerifyPeer<'a>,
}

impl<'a> FileHost<'a> {
    /// A host that signs with `keys`, in the order of the session's identities, and verifies the peer's chain
    /// with `verify`.
    pub const fn new(keys: &'a [Key], verify: &'a VerifyPeer<'a>) -> Self {
        Self { entropy: SysRng, keys, verify }
    }
}

impl Host for FileHost<'_> {
    fn entropy(&mut self) -> &mut dyn Entropy {
        &mut self.entropy
    }

    fn now(&mut self) -> Option<UnixTime> {
        SystemTime::now().duration_since(UNIX_EPOCH).ok().map(|since| UnixTime(since.as_secs()))
    }

    fn sign(&mut self, request: &SignRequest, out: &mut [u8]) -> Result<usize, SignerFailed> {
        let key = self.keys.get(request.identity).ok_or(SignerFailed)?;
        let signature = key.sign(request).map_err(|_| SignerFailed)?;
        out.get_mut(..signature.len()).ok_or(SignerFailed)?.copy_from_slice(&signature);
        Ok(signature.len())
    }

    fn verify_peer(&mut self, chain: CertificateList<'_>) -> Result<(), CertificateError> {
        let now = self.now();
        (self.verify)(chain, now)
    }
}
