//! The private key, behind an interface that lets a secure element take its time.
//!
//! A session that needs a signature says so with each turn until it has one. So the main loop gives the digest to the
//! [`Signer`], goes on with the other connections, and brings the signature when it is there.

use lsam_core::crypto::{Digest, EcdsaSigValue};
use lsam_core::tls::SignerFailed;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::point::AffineCoordinates as _;

/// Makes ECDSA signatures on secp256r1, one at a time.
pub trait Signer {
    /// Begins to sign `digest`, if it is free.
    ///
    /// # Errors
    /// [`Busy`] with another one: ask again later.
    fn begin(&mut self, digest: &Digest) -> Result<(), Busy>;

    /// The signature, once it is made; called with each turn of the main loop.
    fn finish(&mut self) -> Option<Result<EcdsaSigValue, SignerFailed>>;
}

/// One signature is being made already.
#[derive(Debug)]
pub struct Busy;

/// A key in flash. It signs when it is asked for the signature, in about 8 million instructions; a secure element would
/// work on meanwhile. Flash can be read out: protect it as the chip allows, or use such an element.
pub struct FlashKey {
    key: SigningKey,
    digest: Option<Digest>,
}

impl FlashKey {
    /// The key with this private scalar, 32 bytes; none when it is not one. The public key is computed here, which takes as
    /// long as a signature: keep what you get.
    pub fn new(scalar: &[u8]) -> Option<Self> {
        Some(Self { key: SigningKey::from_slice(scalar).ok()?, digest: None })
    }

    /// Whether `certificate` is for this key: it has the x of the public key's point in it (RFC 5480 section 2.2).
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

    /// Signs as RFC 6979 says: a bad random number cannot give the key away.
    // Not inlined, for the report of sizes and for the stack of the main loop.
    #[inline(never)]
    fn finish(&mut self) -> Option<Result<EcdsaSigValue, SignerFailed>> {
        let digest = self.digest.take()?;
        let signature: Result<Signature, _> = self.key.sign_prehash(digest.as_ref());
        let signature = signature.ok().and_then(|signature| EcdsaSigValue::from_p1363(&signature.to_bytes()));
        Some(signature.ok_or(SignerFailed))
    }
}
