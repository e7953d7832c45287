//! The private key, with an interface that lets a secure element take its time.
//!
//! A session that needs a signature returns the same request until it has one. So the main loop passes the
//! digest to the [`Signer`], continues with the other connections, and delivers the signature when it is
//! ready.

use lsam_core::crypto::{Digest, EcdsaSigValue};
use lsam_core::tls::SignerFailed;

use crate::crypto::SigningKey;

/// Makes ECDSA signatures on secp256r1, one at a time.
pub trait Signer {
    /// Starts signing `digest`, if free.
    ///
    /// # Errors
    /// [`Busy`] with another one; try again later.
    fn begin(&mut self, digest: &Digest) -> Result<(), Busy>;

    /// The signature once it is ready; called at each turn of the main loop.
    fn finish(&mut self) -> Option<Result<EcdsaSigValue, SignerFailed>>;
}

/// Another signature is in progress.
#[derive(Debug)]
pub struct Busy;

/// A key in flash. It signs when the signature is fetched, in about 8 million instructions, or 0.4 with the
/// assembly for the Cortex-M4; a secure element would work in the background. Flash can be read out, so
/// protect it as well as the chip allows, or use a secure element.
pub struct FlashKey {
    key: SigningKey,
    digest: Option<Digest>,
}

impl FlashKey {
    /// The key with this private scalar of 32 bytes; `None` if it is invalid.
    pub fn new(scalar: &[u8]) -> Option<Self> {
        Some(Self { key: SigningKey::new(scalar)?, digest: None })
    }

    /// Whether `certificate` belongs to this key: whether it contains the x-coordinate of the public key (RFC
    /// 5480 section 2.2).
    pub fn is_of(&self, certificate: &[u8]) -> bool {
        let x = self.key.public_x();
        certificate.windows(x.len()).any(|part| part == x)
    }
}

impl Signer for FlashKey {
    fn begin(&mut self, digest: &Digest) -> Result<(), Busy> {
        if self.digest.is_some() {
            return Err(Busy);
        }
        self.digest = Some(*digest);
        Ok(())
    }

    // Not inlined, for the report of sizes and for the stack of the main loop.
    #[inline(never)]
    fn finish(&mut self) -> Option<Result<EcdsaSigValue, SignerFailed>> {
        let digest = self.digest.take()?;
        Some(self.key.sign(&digest).ok_or(SignerFailed))
    }
}
