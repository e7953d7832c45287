//! A [`Provider`] for the Cortex-M4: the portable one of lsam-tls, with the hand-written arithmetic of the
//! crate `p256-cm4` on secp256r1.
//!
//! [`CortexM4`] replaces `RustCrypto` as the provider of sessions and certificate checks, and [`SigningKey`]
//! makes signatures with a key in flash. Both are for processors without a data cache: tables are indexed
//! with digits of secrets. Read the page `cortex-m4.md` of the book before you choose it.
//!
//! ```ignore
//! let session = ServerSession::<CortexM4>::new(&config, buffers)?;
//! ```
#![no_std]
#![forbid(unsafe_code)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic
)]

mod key_exchange;
mod nonce;
mod number;
mod signing_key;

use lsam_tls::crypto::rustcrypto::{RustCrypto, verify_without_secp256r1};
use lsam_tls::crypto::{
    EcdsaSigValue, HashAlgorithm, InvalidSignature, KeyAlgorithm, Provider, PublicKey, SignatureKind,
};

pub use key_exchange::EphemeralKey;
pub use signing_key::SigningKey;

use number::{numbers, point};

/// The provider: what the features of lsam-tls enable, with secp256r1 in assembly.
#[derive(Clone, Copy, Debug)]
pub enum CortexM4 {}

impl Provider for CortexM4 {
    type Sha256 = <RustCrypto as Provider>::Sha256;
    type Sha384 = <RustCrypto as Provider>::Sha384;
    type Sha512 = <RustCrypto as Provider>::Sha512;
    type HmacSha256 = <RustCrypto as Provider>::HmacSha256;
    type HmacSha384 = <RustCrypto as Provider>::HmacSha384;
    type Aes128Gcm = <RustCrypto as Provider>::Aes128Gcm;
    type Aes256Gcm = <RustCrypto as Provider>::Aes256Gcm;
    type ChaCha20Poly1305 = <RustCrypto as Provider>::ChaCha20Poly1305;
    #[cfg(feature = "x25519")]
    type X25519 = <RustCrypto as Provider>::X25519;
    #[cfg(not(feature = "x25519"))]
    type X25519 = lsam_tls::crypto::Unsupported;
    type Secp256r1 = EphemeralKey;
    type Secp384r1 = <RustCrypto as Provider>::Secp384r1;
    type RsaKey = <RustCrypto as Provider>::RsaKey;

    const CLIENT_AUTH: bool = RustCrypto::CLIENT_AUTH;

    fn can_verify(key: KeyAlgorithm) -> bool {
        RustCrypto::can_verify(key)
    }

    fn verify(
        kind: SignatureKind,
        key: &PublicKey<'_>,
        hash: HashAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        match (kind, *key) {
            (SignatureKind::Ecdsa, PublicKey::Secp256r1(key)) => verify(key, digest, signature),
            _ => verify_without_secp256r1(kind, key, hash, digest, signature),
        }
    }
}

/// Verifies the `Ecdsa-Sig-Value` over `digest`, of which the first 32 bytes count.
fn verify(key: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
    let (x, y) = point(key).ok_or(InvalidSignature)?;
    let mut raw = [0; 64];
    EcdsaSigValue::to_p1363(signature, &mut raw)?;
    let (r, s) = numbers(&raw);
    // The library checks that the point is on the curve, and that r and s are below the order.
    if p256_cm4::verify(&x, &y, digest, &r, &s) { Ok(()) } else { Err(InvalidSignature) }
}
