//! The seam to the cryptographic primitives.
//!
//! A [`Provider`] is a bundle of associated types, so that the default costs nothing and a host can put a faster
//! library in without allocation and without dynamic dispatch in the record path. [`rustcrypto`] is the default.

mod ecdsa_sig_value;
mod secret;
mod signature;

#[cfg(feature = "rustcrypto")]
pub mod rustcrypto;

use core::fmt;

use rand_core::TryCryptoRng;
use zeroize::Zeroize;

pub use ecdsa_sig_value::EcdsaSigValue;
pub use secret::{Secret, SharedSecret};
pub use signature::{KeyAlgorithm, PublicKey, SignatureKind, SignatureScheme};

/// Length of every AEAD tag of the profile, in bytes (RFC 5116 section 5).
pub const TAG_LEN: usize = 16;
/// Length of every AEAD nonce of the profile, in bytes (RFC 5116 section 5).
pub const NONCE_LEN: usize = 12;
/// Length of the longest public value of a key exchange: an uncompressed secp384r1 point.
pub const MAX_PUBLIC_VALUE: usize = 97;

/// The primitives that a session and the certificate checks are built from.
pub trait Provider: 'static {
    /// SHA-256 (FIPS 180-4).
    type Sha256: Hash;
    /// SHA-384 (FIPS 180-4).
    #[cfg(feature = "sha384")]
    type Sha384: Hash;
    /// SHA-512 (FIPS 180-4), for signatures of certificates and handshakes only.
    #[cfg(feature = "sha384")]
    type Sha512: Hash;
    /// HMAC with SHA-256 (RFC 2104).
    type HmacSha256: Hmac;
    /// HMAC with SHA-384 (RFC 2104).
    #[cfg(feature = "sha384")]
    type HmacSha384: Hmac;
    /// AES-128 in Galois/Counter Mode (RFC 5288).
    #[cfg(feature = "aes128-gcm")]
    type Aes128Gcm: Aead;
    /// AES-256 in Galois/Counter Mode (RFC 5288).
    #[cfg(feature = "aes256-gcm")]
    type Aes256Gcm: Aead;
    /// ChaCha20-Poly1305 (RFC 7905).
    #[cfg(feature = "chacha20-poly1305")]
    type ChaCha20Poly1305: Aead;
    /// X25519 (RFC 7748).
    #[cfg(feature = "x25519")]
    type X25519: KeyExchange;
    /// Diffie-Hellman on secp256r1 (RFC 8422).
    #[cfg(feature = "secp256r1")]
    type Secp256r1: KeyExchange;
    /// Diffie-Hellman on secp384r1 (RFC 8422).
    #[cfg(feature = "secp384r1")]
    type Secp384r1: KeyExchange;

    /// Whether [`Self::verify`] knows keys of this algorithm. A client offers, and a server asks for, only what is verified
    /// with such keys; a certificate with another key is refused as unsupported.
    fn can_verify(_key: KeyAlgorithm) -> bool {
        true
    }

    /// Verifies `signature` over `digest`, which `hash` made of the signed message.
    ///
    /// # Errors
    /// [`InvalidSignature`] when it does not verify, when the key does not fit the kind, or when the provider does
    /// not do this combination (an RSA modulus outside 2048 to 4096 bits, for one).
    fn verify(
        kind: SignatureKind,
        key: &PublicKey<'_>,
        hash: HashAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature>;
}

/// The hash functions of the profile that this build has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashAlgorithm {
    /// 32 bytes of output.
    Sha256,
    /// 48 bytes of output.
    #[cfg(feature = "sha384")]
    Sha384,
    /// 64 bytes of output.
    #[cfg(feature = "sha384")]
    Sha512,
}

impl HashAlgorithm {
    /// Hashes `parts`, one after the other, with `P`'s implementation.
    pub fn digest<P: Provider>(self, parts: &[&[u8]]) -> Digest {
        match self {
            Self::Sha256 => digest_with::<P::Sha256>(parts),
            #[cfg(feature = "sha384")]
            Self::Sha384 => digest_with::<P::Sha384>(parts),
            #[cfg(feature = "sha384")]
            Self::Sha512 => digest_with::<P::Sha512>(parts),
        }
    }
}

// Never inlined, so that the state of the hash is off the stack when the digest is there.
#[inline(never)]
fn digest_with<H: Hash>(parts: &[&[u8]]) -> Digest {
    let mut hash = H::new();
    for part in parts {
        hash.update(part);
    }
    hash.finish()
}

/// The output of a hash function: 32, 48 or 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Zeroize)]
pub struct Digest {
    bytes: [u8; 64],
    len: usize,
}

impl Digest {
    /// Takes over `bytes`; what exceeds 64 bytes is cut off.
    pub fn new(bytes: &[u8]) -> Self {
        let mut digest = Self { bytes: [0; 64], len: bytes.len().min(64) };
        for (to, from) in digest.bytes.iter_mut().zip(bytes) {
            *to = *from;
        }
        digest
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A hash function in progress. A clone goes on from the same point.
pub trait Hash: Clone {
    /// A hash of nothing yet.
    fn new() -> Self;
    /// Appends `data`.
    fn update(&mut self, data: &[u8]);
    /// The hash of all that was appended.
    fn finish(self) -> Digest;
}

/// A keyed hash in progress; a clone goes on from the same point, with the key's schedule already paid for.
pub trait Hmac: Clone {
    /// A keyed hash of nothing yet; any key length is allowed (RFC 2104 section 2).
    fn new(key: &[u8]) -> Self;
    /// Appends `data`.
    fn update(&mut self, data: &[u8]);
    /// Writes the tag over all that was appended to the front of `out`, whole or as much as `out` holds.
    fn finish(self, out: &mut [u8]);
    /// Length of the whole tag in bytes.
    const LEN: usize;
}

/// Authenticated encryption of one direction of a connection.
pub trait Aead: Sized {
    /// Length of the key in bytes.
    const KEY_LEN: usize;

    /// A cipher with `key`, or none when the key has not [`Self::KEY_LEN`] bytes.
    fn new(key: &[u8]) -> Option<Self>;

    /// Encrypts `text` in place and returns its tag.
    fn seal(&self, nonce: &[u8; NONCE_LEN], aad: &[u8], text: &mut [u8]) -> [u8; TAG_LEN];

    /// Checks `tag` and decrypts `text` in place.
    ///
    /// # Errors
    /// [`Inauthentic`] when the tag does not fit; `text` is then of no use.
    fn open(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        text: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), Inauthentic>;
}

/// An ephemeral key of one group, used for one agreement.
pub trait KeyExchange: Sized {
    /// Makes a fresh key.
    ///
    /// # Errors
    /// [`EntropyError`] when the random number generator fails.
    fn generate(entropy: &mut dyn Entropy) -> Result<Self, EntropyError>;

    /// The public value in TLS's encoding: 32 bytes for X25519, an uncompressed point else (RFC 8422 section 5.4).
    fn public_value(&self) -> PublicValue;

    /// Agrees with the peer's public value, in the same encoding.
    ///
    /// # Errors
    /// [`InvalidPublicValue`] when that is no valid element of the group: a wrong length, a point off the curve, at
    /// infinity or in another form than uncompressed, an all-zero X25519 result (RFC 8422 section 5.11).
    fn agree(self, peer: &[u8]) -> Result<SharedSecret, InvalidPublicValue>;
}

/// The public value of a key exchange, at most [`MAX_PUBLIC_VALUE`] bytes.
#[derive(Clone, Copy, Debug)]
pub struct PublicValue {
    bytes: [u8; MAX_PUBLIC_VALUE],
    len: usize,
}

impl PublicValue {
    /// Takes over `bytes`; what exceeds [`MAX_PUBLIC_VALUE`] is cut off.
    pub fn new(bytes: &[u8]) -> Self {
        Self::concat(&[bytes])
    }

    /// The same of the parts that make up the value.
    pub(crate) fn concat(parts: &[&[u8]]) -> Self {
        let mut value = Self { bytes: [0; MAX_PUBLIC_VALUE], len: 0 };
        for (to, from) in value.bytes.iter_mut().zip(parts.iter().copied().flatten()) {
            *to = *from;
            value.len += 1;
        }
        value
    }
}

impl AsRef<[u8]> for PublicValue {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// A source of randomness with its type erased; every [`TryCryptoRng`] is one.
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

/// A record's tag does not fit its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inauthentic;

/// A peer's public value is no valid element of its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPublicValue;

/// The caller's random number generator failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntropyError;
