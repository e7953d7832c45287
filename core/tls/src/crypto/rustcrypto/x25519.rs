//! X25519 (RFC 7748 section 6.1).

use x25519_dalek::{PublicKey, StaticSecret, X25519_BASEPOINT_BYTES};

use crate::crypto::{
    Entropy, EntropyError, InvalidPublicValue, KeyExchange, PublicValue, Secret, SharedSecret,
};

/// Whether the public value is computed with the same ladder as the shared secret. The Edwards form works
/// only for the base point. It is nearly twice as fast with the vector instructions of a 64-bit processor,
/// and three times as fast with tables. With neither, it is no faster and costs 2 KiB of flash.
const BY_LADDER: bool = !cfg!(any(feature = "precomputed-tables", target_pointer_width = "64"));

/// A fresh X25519 key.
pub struct X25519(StaticSecret);

impl KeyExchange for X25519 {
    fn generate(entropy: &mut dyn Entropy) -> Result<Self, EntropyError> {
        let mut bytes = Secret::<32>::zero();
        entropy.fill(bytes.expose_mut())?;
        Ok(Self(StaticSecret::from(*bytes.expose())))
    }

    fn public_value(&self) -> PublicValue {
        if BY_LADDER { by_ladder(&self.0) } else { PublicValue::new(PublicKey::from(&self.0).as_bytes()) }
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

/// `X25519(a, 9)` (RFC 7748 section 6.1).
fn by_ladder(secret: &StaticSecret) -> PublicValue {
    PublicValue::new(secret.diffie_hellman(&PublicKey::from(X25519_BASEPOINT_BYTES)).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_a_public_value_lead_to_the_same() {
        for byte in 0..=255 {
            let secret = StaticSecret::from([byte; 32]);
            let by_edwards = PublicValue::new(PublicKey::from(&secret).as_bytes());
            assert_eq!(by_ladder(&secret).as_ref(), by_edwards.as_ref(), "{byte}");
        }
    }
}
