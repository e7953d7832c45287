//! A provider that hides nothing: every key is zero, every tag is zero, every signature verifies.
//!
//! With it each message of a handshake is the same whatever went before, so that a test can put messages together in any
//! order and see what the states make of them.

use lsam_core::crypto::{
    Aead, Digest, Entropy, EntropyError, Hash, HashAlgorithm, Hmac, Inauthentic, InvalidPublicValue,
    InvalidSignature, KeyExchange, NONCE_LEN, Provider, PublicKey, PublicValue, SharedSecret, SignatureKind,
    TAG_LEN,
};

pub struct Transparent;

/// A hash function whose every output is `N` zeros.
#[derive(Clone)]
pub struct Zeros<const N: usize>;

/// A cipher that leaves the text as it is, under a tag of zeros.
pub struct Clear<const KEY: usize>;

/// A group whose every element is `N` bytes of one kind.
pub struct Trivial<const N: usize>;

/// The byte that public values of [`Trivial`] are made of.
pub const PUBLIC: u8 = 4;

impl Provider for Transparent {
    type Sha256 = Zeros<32>;
    type Sha384 = Zeros<48>;
    type Sha512 = Zeros<64>;
    type HmacSha256 = Zeros<32>;
    type HmacSha384 = Zeros<48>;
    type Aes128Gcm = Clear<16>;
    type Aes256Gcm = Clear<32>;
    type ChaCha20Poly1305 = Clear<32>;
    type X25519 = Trivial<32>;
    type Secp256r1 = Trivial<65>;
    type Secp384r1 = Trivial<97>;

    fn verify(
        _: SignatureKind,
        _: &PublicKey<'_>,
        _: HashAlgorithm,
        _: &[u8],
        _: &[u8],
    ) -> Result<(), InvalidSignature> {
        Ok(())
    }
}

impl<const N: usize> Hash for Zeros<N> {
    fn new() -> Self {
        Self
    }

    fn update(&mut self, _: &[u8]) {}

    fn finish(self) -> Digest {
        Digest::new(&[0; N])
    }
}

impl<const N: usize> Hmac for Zeros<N> {
    const LEN: usize = N;

    fn new(_: &[u8]) -> Self {
        Self
    }

    fn update(&mut self, _: &[u8]) {}

    fn finish(self, out: &mut [u8]) {
        out.fill(0);
    }
}

impl<const KEY: usize> Aead for Clear<KEY> {
    const KEY_LEN: usize = KEY;

    fn new(key: &[u8]) -> Option<Self> {
        (key.len() == KEY).then_some(Self)
    }

    fn seal(&self, _: &[u8; NONCE_LEN], _: &[u8], _: &mut [u8]) -> [u8; TAG_LEN] {
        [0; TAG_LEN]
    }

    fn open(
        &self,
        _: &[u8; NONCE_LEN],
        _: &[u8],
        _: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), Inauthentic> {
        if *tag == [0; TAG_LEN] { Ok(()) } else { Err(Inauthentic) }
    }
}

impl<const N: usize> KeyExchange for Trivial<N> {
    fn generate(_: &mut dyn Entropy) -> Result<Self, EntropyError> {
        Ok(Self)
    }

    fn public_value(&self) -> PublicValue {
        PublicValue::new(&[PUBLIC; N])
    }

    fn agree(self, peer: &[u8]) -> Result<SharedSecret, InvalidPublicValue> {
        if peer == [PUBLIC; N] { Ok(SharedSecret::new(&[0; 32])) } else { Err(InvalidPublicValue) }
    }
}
