//! The default provider: RustCrypto and dalek crates of one generation, safe on every target, without an
//! allocator.
//!
//! Operations on secrets run in constant time. Signature verification works on public values and does not.

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

use super::{HashAlgorithm, InvalidSignature, KeyAlgorithm, Provider, PublicKey, RsaKeyRoom, SignatureKind};

#[cfg(any(feature = "aes128-gcm", feature = "aes256-gcm", feature = "chacha20-poly1305"))]
pub use aead::Cipher;
pub use hash::{HmacSha256, Sha256};
#[cfg(feature = "sha384")]
pub use hash::{HmacSha384, Sha384, Sha512};
#[cfg(any(feature = "secp256r1", feature = "secp384r1"))]
pub use nist::{Curve, EphemeralKey};
#[cfg(feature = "x25519")]
pub use x25519::X25519;

/// The provider in pure Rust, with the primitives that the crate's features enable.
///
/// ```
/// use lsam_tls::crypto::{HashAlgorithm, rustcrypto::RustCrypto};
///
/// let digest = HashAlgorithm::Sha256.digest::<RustCrypto>(&[b"a", b"bc"]).ok_or("not supported")?;
/// assert_eq!(digest.as_ref()[..4], [0xba, 0x78, 0x16, 0xbf]);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub enum RustCrypto {}

/// The types that a feature enables, [`crate::crypto::Unsupported`] without it.
macro_rules! with {
    ($feature:tt: $($name:ident = $type:ty),+) => {
        $(
            #[cfg(feature = $feature)]
            type $name = $type;
            #[cfg(not(feature = $feature))]
            type $name = crate::crypto::Unsupported;
        )+
    };
}

impl Provider for RustCrypto {
    type Sha256 = Sha256;
    with!("sha384": Sha384 = Sha384, Sha512 = Sha512, HmacSha384 = HmacSha384);
    type HmacSha256 = HmacSha256;
    with!("aes128-gcm": Aes128Gcm = Cipher<aes_gcm::Aes128Gcm>);
    with!("aes256-gcm": Aes256Gcm = Cipher<aes_gcm::Aes256Gcm>);
    with!("chacha20-poly1305": ChaCha20Poly1305 = Cipher<chacha20poly1305::ChaCha20Poly1305>);
    with!("x25519": X25519 = X25519);
    with!("secp256r1": Secp256r1 = EphemeralKey<p256::NistP256>);
    with!("secp384r1": Secp384r1 = EphemeralKey<p384::NistP384>);
    with!("rsa": RsaKey = crate::crypto::RsaKey);

    const CLIENT_AUTH: bool = cfg!(feature = "client-auth");

    fn can_verify(key: KeyAlgorithm) -> bool {
        match key {
            KeyAlgorithm::Secp256r1 => true,
            KeyAlgorithm::Secp384r1 => cfg!(feature = "secp384r1"),
            KeyAlgorithm::Rsa => Self::RsaKey::SUPPORTED,
        }
    }

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
            _ => verify_without_secp256r1(kind, key, hash, digest, signature),
        }
    }
}

/// [`Provider::verify`] of [`RustCrypto`] for every key except those on secp256r1, for a provider with its
/// own arithmetic on that curve: this links none.
///
/// # Errors
/// [`InvalidSignature`] as documented there, and for keys on secp256r1.
#[cfg_attr(
    not(any(feature = "rsa", feature = "secp384r1")),
    expect(unused_variables, reason = "no other key is supported")
)]
#[cfg_attr(
    all(feature = "secp384r1", not(feature = "rsa")),
    expect(unused_variables, reason = "only RSA needs to know the hash")
)]
pub fn verify_without_secp256r1(
    kind: SignatureKind,
    key: &PublicKey<'_>,
    hash: HashAlgorithm,
    digest: &[u8],
    signature: &[u8],
) -> Result<(), InvalidSignature> {
    match (kind, *key) {
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

#[cfg(test)]
#[cfg(feature = "default")]
mod tests;
