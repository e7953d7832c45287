//! The crypto provider of the firmware: the portable one, or the one for the Cortex-M4.

use lsam_core::tls::NamedGroup;

#[cfg(feature = "cortex-m4")]
pub use lsam_cortex_m4::{CortexM4 as Provider, SigningKey};

#[cfg(not(feature = "cortex-m4"))]
pub use lsam_core::crypto::rustcrypto::RustCrypto as Provider;
#[cfg(not(feature = "cortex-m4"))]
pub use portable::SigningKey;

/// The groups, the cheapest first.
#[cfg(feature = "cortex-m4")]
pub const GROUPS: &[NamedGroup] = &[NamedGroup::Secp256r1, NamedGroup::X25519];
/// The groups, the cheapest first.
#[cfg(not(feature = "cortex-m4"))]
pub const GROUPS: &[NamedGroup] = NamedGroup::ALL;

#[cfg(not(feature = "cortex-m4"))]
mod portable {
    use lsam_core::crypto::{Digest, EcdsaSigValue};
    use p256::ecdsa::signature::hazmat::PrehashSigner;
    use p256::ecdsa::{self, Signature};
    use p256::elliptic_curve::point::AffineCoordinates as _;

    /// A private key on secp256r1.
    pub struct SigningKey(ecdsa::SigningKey);

    impl SigningKey {
        /// The key with this private scalar of 32 bytes; `None` if it is invalid. This computes the public
        /// key, which takes as long as a signature, so keep the result.
        pub fn new(scalar: &[u8]) -> Option<Self> {
            Some(Self(ecdsa::SigningKey::from_slice(scalar).ok()?))
        }

        /// The x-coordinate of the public key.
        pub fn public_x(&self) -> [u8; 32] {
            self.0.verifying_key().as_affine().x().into()
        }

        /// Signs as in RFC 6979: a bad random number can't reveal the key.
        pub fn sign(&self, digest: &Digest) -> Option<EcdsaSigValue> {
            let signature: Signature = self.0.sign_prehash(digest.as_ref()).ok()?;
            EcdsaSigValue::from_p1363(&signature.to_bytes())
        }
    }
}
