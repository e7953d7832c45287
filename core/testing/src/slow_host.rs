//! A host for sessions with toy cryptography that answers late.

use lsam_tls::crypto::Entropy;
use lsam_tls::io::AsyncHost;
use lsam_tls::x509::{CertificateError, CertificateList};
use lsam_tls::{SignRequest, SignerFailed, UnixTime};

use crate::TestRng;
use crate::tasks::pause;
use crate::transparent::signature_of;

/// A host that is slow wherever it is allowed to be.
pub struct SlowHost {
    pub rng: TestRng,
    /// The number of polls for each answer.
    pub polls: usize,
    pub signs: bool,
    pub verdict: Result<(), CertificateError>,
}

impl SlowHost {
    pub const fn new(polls: usize) -> Self {
        Self { rng: TestRng(11), polls, signs: true, verdict: Ok(()) }
    }

    async fn think(&self) {
        for _ in 0..self.polls {
            pause().await;
        }
    }
}

impl AsyncHost for SlowHost {
    fn entropy(&mut self) -> &mut dyn Entropy {
        &mut self.rng
    }

    fn now(&mut self) -> Option<UnixTime> {
        None
    }

    async fn sign(&mut self, request: &SignRequest, out: &mut [u8]) -> Result<usize, SignerFailed> {
        self.think().await;
        let signature = signature_of(request.digest.as_ref());
        out[..signature.len()].copy_from_slice(signature);
        if self.signs { Ok(signature.len()) } else { Err(SignerFailed) }
    }

    async fn verify_peer(&mut self, _: CertificateList<'_>) -> Result<(), CertificateError> {
        self.think().await;
        self.verdict
    }
}
