//! The hash over all handshake messages (RFC 5246 sections 7.4.8 and 7.4.9).
//!
//! A CertificateVerify may use a different hash from the suite's PRF, and which one becomes known only some
//! messages later. So all candidate hashes are computed from the start, and each is dropped once it is ruled
//! out.

use super::error::Error;
use super::message::Handshake;
use crate::crypto::{Digest, Hash, HashAlgorithm, Provider};

/// The candidates that are still being computed.
pub(crate) struct Transcript<P: Provider> {
    sha256: Option<P::Sha256>,
    sha384: Option<P::Sha384>,
    sha512: Option<P::Sha512>,
}

impl<P: Provider> Transcript<P> {
    /// An empty transcript, with the supported candidates for which `needs` is true.
    pub(crate) fn new(needs: impl Fn(HashAlgorithm) -> bool) -> Self {
        Self {
            sha256: if needs(HashAlgorithm::Sha256) { P::Sha256::new() } else { None },
            sha384: if needs(HashAlgorithm::Sha384) { P::Sha384::new() } else { None },
            sha512: if needs(HashAlgorithm::Sha512) { P::Sha512::new() } else { None },
        }
    }

    /// Drops the candidates for which `needs` is false.
    pub(crate) fn keep(&mut self, needs: impl Fn(HashAlgorithm) -> bool) {
        if !needs(HashAlgorithm::Sha256) {
            self.sha256 = None;
        }
        if !needs(HashAlgorithm::Sha384) {
            self.sha384 = None;
        }
        if !needs(HashAlgorithm::Sha512) {
            self.sha512 = None;
        }
    }

    /// Appends bytes of a message that this side sends, header included.
    pub(crate) fn sent(&mut self, bytes: &[u8]) {
        if let Some(hash) = &mut self.sha256 {
            hash.update(bytes);
        }
        if let Some(hash) = &mut self.sha384 {
            hash.update(bytes);
        }
        if let Some(hash) = &mut self.sha512 {
            hash.update(bytes);
        }
    }

    /// Appends a message from the peer.
    pub(crate) fn received(&mut self, message: &Handshake<'_>) {
        self.sent(message.raw);
    }

    /// The hash up to here.
    pub(crate) fn digest(&self, hash: HashAlgorithm) -> Result<Digest, Error> {
        match hash {
            HashAlgorithm::Sha256 => self.sha256.clone().map(Hash::finish),
            HashAlgorithm::Sha384 => self.sha384.clone().map(Hash::finish),
            HashAlgorithm::Sha512 => self.sha512.clone().map(Hash::finish),
        }
        .ok_or(Error::Bug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rustcrypto::RustCrypto;

    #[test]
    fn only_the_hashes_that_are_needed_run_on() {
        let all = [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512];
        for kept in all {
            let mut transcript = Transcript::<RustCrypto>::new(|_| true);
            transcript.sent(b"a");
            transcript.keep(|hash| hash == kept);
            transcript.sent(b"b");
            for hash in all {
                let expected = (hash == kept).then(|| hash.digest::<RustCrypto>(&[b"ab"]).unwrap());
                assert_eq!(transcript.digest(hash).ok(), expected, "{hash:?} of {kept:?}");
            }
        }
    }
}
