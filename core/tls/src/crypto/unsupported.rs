//! What a provider uses for a primitive that it lacks.

use super::{
    Aead, Digest, Entropy, EntropyError, Hash, Hmac, Inauthentic, InvalidPublicValue, KeyExchange, NONCE_LEN,
    PublicKey, PublicValue, RsaKeyRoom, SealError, SharedSecret, TAG_LEN,
};

/// A primitive that a [`super::Provider`] lacks.
///
/// It has no values, so nothing is ever hashed, sealed or agreed on with it. The compiler removes the code
/// that would do so: it costs no flash. A session neither offers nor accepts anything that needs it.
#[derive(Clone, Copy, Debug)]
pub enum Unsupported {}

impl Hash for Unsupported {
    const SUPPORTED: bool = false;

    fn new() -> Option<Self> {
        None
    }

    fn update(&mut self, _: &[u8]) {
        match *self {}
    }

    fn finish(self) -> Digest {
        match self {}
    }
}

impl Hmac for Unsupported {
    const SUPPORTED: bool = false;
    const LEN: usize = 0;

    fn new(_: &[u8]) -> Option<Self> {
        None
    }

    fn update(&mut self, _: &[u8]) {
        match *self {}
    }

    fn finish(self, _: &mut [u8]) {
        match self {}
    }
}

impl Aead for Unsupported {
    const SUPPORTED: bool = false;

    fn new(_: &[u8]) -> Option<Self> {
        None
    }

    fn seal(&self, _: &[u8; NONCE_LEN], _: &[u8], _: &mut [u8]) -> Result<[u8; TAG_LEN], SealError> {
        match *self {}
    }

    fn open(
        &self,
        _: &[u8; NONCE_LEN],
        _: &[u8],
        _: &mut [u8],
        _: &[u8; TAG_LEN],
    ) -> Result<(), Inauthentic> {
        match *self {}
    }
}

impl KeyExchange for Unsupported {
    const SUPPORTED: bool = false;

    fn generate(_: &mut dyn Entropy) -> Result<Self, EntropyError> {
        Err(EntropyError)
    }

    fn public_value(&self) -> PublicValue {
        match *self {}
    }

    fn agree(self, _: &[u8]) -> Result<SharedSecret, InvalidPublicValue> {
        match self {}
    }
}

impl RsaKeyRoom for Unsupported {
    const SUPPORTED: bool = false;

    fn new(_: &[u8], _: &[u8]) -> Option<Self> {
        None
    }

    fn key(&self) -> PublicKey<'_> {
        match *self {}
    }
}
