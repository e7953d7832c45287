//! The default provider: RustCrypto and dalek crates of one generation, safe on every target, no allocator.
//!
//! What runs on secrets runs in constant time; signature verification works on public values and does not.

#[cfg(any(feature = "aes128-gcm", feature = "aes256-gcm", feature = "chacha20-poly1305"))]
mod aead;
mod ecdsa;
mod hash;
#[cfg(feature = "rsa")]
mod montgomery;
#[cfg(any(feature = "secp256r1", feature = "secp384r1"))]
mod nist;
#[cfg(feature = "rsa")]
mod rsa;
#[cfg(feature = "x25519")]
mod x25519;

use super::{HashAlgorithm, InvalidSignature, KeyAlgorithm, Provider, PublicKey, SignatureKind};

#[cfg(feature = "aes128-gcm")]
pub use aead::Aes128Gcm;
#[cfg(feature = "aes256-gcm")]
pub use aead::Aes256Gcm;
#[cfg(feature = "chacha20-poly1305")]
pub use aead::ChaCha20Poly1305;
pub use hash::{HmacSha256, Sha256};
#[cfg(feature = "sha384")]
pub use hash::{HmacSha384, Sha384, Sha512};
#[cfg(feature = "secp256r1")]
pub use nist::Secp256r1;
#[cfg(feature = "secp384r1")]
pub use nist::Secp384r1;
#[cfg(feature = "x25519")]
pub use x25519::X25519;

/// The provider in pure Rust.
///
/// ```
/// use lsam_tls::crypto::{HashAlgorithm, rustcrypto::RustCrypto};
///
/// let digest = HashAlgorithm::Sha256.digest::<RustCrypto>(&[b"a", b"bc"]);
/// assert_eq!(digest.as_ref()[..4], [0xba, 0x78, 0x16, 0xbf]);
/// ```
#[derive(Clone, Copy, Debug)]
pub enum RustCrypto {}

impl Provider for RustCrypto {
    type Sha256 = Sha256;
    #[cfg(feature = "sha384")]
    type Sha384 = Sha384;
    #[cfg(feature = "sha384")]
    type Sha512 = Sha512;
    type HmacSha256 = HmacSha256;
    #[cfg(feature = "sha384")]
    type HmacSha384 = HmacSha384;
    #[cfg(feature = "aes128-gcm")]
    type Aes128Gcm = Aes128Gcm;
    #[cfg(feature = "aes256-gcm")]
    type Aes256Gcm = Aes256Gcm;
    #[cfg(feature = "chacha20-poly1305")]
    type ChaCha20Poly1305 = ChaCha20Poly1305;
    #[cfg(feature = "x25519")]
    type X25519 = X25519;
    #[cfg(feature = "secp256r1")]
    type Secp256r1 = Secp256r1;
    #[cfg(feature = "secp384r1")]
    type Secp384r1 = Secp384r1;

    fn can_verify(key: KeyAlgorithm) -> bool {
        match key {
            KeyAlgorithm::Secp256r1 => true,
            KeyAlgorithm::Secp384r1 => cfg!(feature = "secp384r1"),
            KeyAlgorithm::Rsa => cfg!(feature = "rsa"),
        }
    }

    #[cfg_attr(not(feature = "rsa"), expect(unused_variables, reason = "only RSA needs to know the hash"))]
    fn verify(
        kind: SignatureKind,
        key: &PublicKey<'_>,
        hash: HashAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        match (kind, *key) {
            (SignatureKind::Ecdsa, PublicKey::Secp256r1(point)) => {
                ecdsa::verify::<p256::NistP256>(point, digest, signature)
            }
            #[cfg(feature = "secp384r1")]
            (SignatureKind::Ecdsa, PublicKey::Secp384r1(point)) => {
                ecdsa::verify::<p384::NistP384>(point, digest, signature)
            }
            #[cfg(feature = "rsa")]
            (SignatureKind::RsaPkcs1, PublicKey::Rsa { modulus, exponent }) => {
                rsa::verify_pkcs1(modulus, exponent, hash, digest, signature)
            }
            #[cfg(feature = "rsa")]
            (SignatureKind::RsaPss, PublicKey::Rsa { modulus, exponent }) => {
                rsa::verify_pss(modulus, exponent, hash, digest, signature)
            }
            _ => Err(InvalidSignature),
        }
    }
}

#[cfg(test)]
#[cfg(feature = "default")]
mod tests;
