//! X25519 (RFC 7748 section 6.1).

use x25519_dalek::{PublicKey, StaticSecret};

use crate::crypto::{
    Entropy, EntropyError, InvalidPublicValue, KeyExchange, PublicValue, Secret, SharedSecret,
};

/// A fresh X25519 key.
pub struct X25519(StaticSecret);

impl KeyExchange for X25519 {
    fn generate(entropy: &mut dyn Entropy) -> Result<Self, EntropyError> {
        let mut bytes = Secret::<32>::zero();
        entropy.fill(bytes.expose_mut())?;
        Ok(Self(StaticSecret::from(*bytes.expose())))
    }

    fn public_value(&self) -> PublicValue {
        PublicValue::new(PublicKey::from(&self.0).as_bytes())
    }

    fn agree(self, peer: &[u8]) -> Result<SharedSecret, InvalidPublicValue> {
        let peer: [u8; 32] = peer.try_into().map_err(|_| InvalidPublicValue)?;
        let shared = self.0.diffie_hellman(&PublicKey::from(peer));
        // RFC 8422 section 5.11: an all-zero result ends the handshake.
        if shared.was_contributory() {
            Ok(SharedSecret::new(shared.as_bytes()))
        } else {
            Err(InvalidPublicValue)
        }
    }
}
