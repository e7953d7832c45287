//! The interface to the cryptographic primitives.
//!
//! A [`Provider`] is a bundle of associated types, so that the default costs nothing and a host can
//! substitute a faster library without allocation or dynamic dispatch in the record path. The module
//! `rustcrypto` is the default. Cargo features select only what it supports: the interface is the same in
//! every build, and a provider uses [`Unsupported`] for what it lacks.

mod ecdsa_sig_value;
mod hash;
mod key_exchange;
mod rsa_key;
mod secret;
mod signature;
mod unsupported;

#[cfg(feature = "rustcrypto")]
pub mod rustcrypto;

use rand_core::TryCryptoRng;

pub use ecdsa_sig_value::EcdsaSigValue;
pub(crate) use hash::sha256;
pub use hash::{Digest, Hash, HashAlgorithm, Hmac};
pub use key_exchange::{KeyExchange, KeyExchangeError, MAX_PUBLIC_VALUE, PublicValue, SharedSecret};
pub use rsa_key::{RsaKey, RsaKeyRoom};
pub use secret::Secret;
pub use signature::{KeyAlgorithm, PublicKey, SignatureKind, SignatureScheme};
pub use unsupported::Unsupported;

/// Length of every AEAD tag of the profile, in bytes (RFC 5116 section 5).
pub const TAG_LEN: usize = 16;
/// Length of every AEAD nonce of the profile, in bytes (RFC 5116 section 5).
pub const NONCE_LEN: usize = 12;

/// The primitives that sessions and certificate checks are built from. A provider uses [`Unsupported`] for
/// those that it lacks; anything that needs one of these is neither offered nor accepted.
pub trait Provider: 'static {
    /// SHA-256 (FIPS 180-4). Every session needs it for the fingerprints of certificates.
    type Sha256: Hash;
    /// SHA-384 (FIPS 180-4).
    type Sha384: Hash;
    /// SHA-512 (FIPS 180-4), for signatures of certificates and handshakes only.
    type Sha512: Hash;
    /// HMAC with SHA-256 (RFC 2104).
    type HmacSha256: Hmac;
    /// HMAC with SHA-384 (RFC 2104).
    type HmacSha384: Hmac;
    /// AES-128 in Galois/Counter Mode (RFC 5288).
    type Aes128Gcm: Aead;
    /// AES-256 in Galois/Counter Mode (RFC 5288).
    type Aes256Gcm: Aead;
    /// ChaCha20-Poly1305 (RFC 7905).
    type ChaCha20Poly1305: Aead;
    /// X25519 (RFC 7748).
    type X25519: KeyExchange;
    /// Diffie-Hellman on secp256r1 (RFC 8422).
    type Secp256r1: KeyExchange;
    /// Diffie-Hellman on secp384r1 (RFC 8422).
    type Secp384r1: KeyExchange;

    /// Room for a peer's RSA key, in every state that waits for a signature: [`RsaKey`] if [`Self::verify`]
    /// supports such keys.
    type RsaKey: RsaKeyRoom;

    /// Whether a server can request certificates from its clients. If false, the compiler can omit the code
    /// that verifies them, and a configuration that requests one is rejected.
    const CLIENT_AUTH: bool = true;

    /// Whether [`Self::verify`] supports keys of this algorithm. A client offers, and a server requests, only
    /// schemes that are verified with such keys; a certificate with another kind of key is rejected as
    /// unsupported.
    fn can_verify(key: KeyAlgorithm) -> bool {
        match key {
            KeyAlgorithm::Secp256r1 | KeyAlgorithm::Secp384r1 => true,
            KeyAlgorithm::Rsa => Self::RsaKey::SUPPORTED,
        }
    }

    /// Verifies `signature` over `digest`, the `hash` of the signed message.
    ///
    /// # Errors
    /// [`InvalidSignature`] if it does not verify, if the key does not fit the kind, or if the provider does
    /// not support this combination (for example an RSA modulus outside 2048 to 4096 bits).
    fn verify(
        kind: SignatureKind,
        key: &PublicKey<'_>,
        hash: HashAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature>;
}

/// Authenticated encryption for one direction of a connection.
pub trait Aead: Sized {
    /// False only for [`Unsupported`].
    const SUPPORTED: bool = true;

    /// A cipher with `key`; `None` if the key does not have the cipher's length, or the cipher is not
    /// supported.
    fn new(key: &[u8]) -> Option<Self>;

    /// Encrypts `text` in place and returns its tag.
    ///
    /// # Errors
    /// [`SealError`] if the text is too long for the cipher, or if the library fails. In that case, `text` is
    /// not sent.
    fn seal(&self, nonce: &[u8; NONCE_LEN], aad: &[u8], text: &mut [u8]) -> Result<[u8; TAG_LEN], SealError>;

    /// Checks `tag` and decrypts `text` in place.
    ///
    /// # Errors
    /// [`Inauthentic`] if the tag does not match. In that case, `text` must not be used.
    fn open(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        text: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), Inauthentic>;
}

/// A type-erased source of randomness; every [`TryCryptoRng`] is one.
pub trait Entropy {
    /// Fills `bytes` with random bytes fit for keys.
    ///
    /// # Errors
    /// [`EntropyError`] when the generator fails.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}

impl<R: TryCryptoRng> Entropy for R {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        self.try_fill_bytes(bytes).map_err(|_| EntropyError)
    }
}

/// A signature does not verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidSignature;

/// A record's tag does not match its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inauthentic;

/// A peer's public value is not a valid element of its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPublicValue;

/// The caller's random number generator failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntropyError;

/// A cipher could not seal a plaintext.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealError;

/// Bytes that are longer than any value of their type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;
