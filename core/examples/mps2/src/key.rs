//! The private key, with an interface that lets a secure element take its time.
//!
//! A session that needs a signature returns the same request until it has one. So the main loop passes the
//! digest to the [`Signer`], continues with the other connections, and delivers the signature when it is
//! ready.

use lsam_core::crypto::{Digest, EcdsaSigValue};
use lsam_core::tls::SignerFailed;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::point::AffineCoordinates as _;

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

/// A key in flash. It signs when the signature is fetched, in about 8 million instructions; a secure element
/// would work in the background. Flash can be read out, so protect it as well as the chip allows, or use a
/// secure element.
pub struct FlashKey {
    key: SigningKey,
    digest: Option<Digest>,
}

impl FlashKey {
    /// The key with this private scalar of 32 bytes; `None` if it is invalid. This computes the public key,
    /// which takes as long as a signature, so keep the result.
    pub fn new(scalar: &[u8]) -> Option<Self> {
        Some(Self { key: SigningKey::from_slice(scalar).ok()?, digest: None })
    }

    /// Whether `certificate` belongs to this key: whether it contains the x-coordinate of the public key (RFC
    /// 5480 section 2.2).
    pub fn is_of(&self, certificate: &[u8]) -> bool {
        let x = self.key.verifying_key().as_affine().x();
        certificate.windows(x.len()).any(|part| part == x.as_slice())
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

    /// Signs as in RFC 6979: a bad random number can't reveal the key.
    // Not inlined, for the report of sizes and for the stack of the main loop.
    #[inline(never)]
    fn finish(&mut self) -> Option<Result<EcdsaSigValue, SignerFailed>> {
        let digest = self.digest.take()?;
        let signature: Result<Signature, _> = self.key.sign_prehash(digest.as_ref());
        let signature = signature.ok().and_then(|signature| EcdsaSigValue::from_p1363(&signature.to_bytes()));
        Some(signature.ok_or(SignerFailed))
    }
}
