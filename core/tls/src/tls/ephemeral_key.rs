//! The ephemeral key of a handshake, in whichever group was negotiated.

use super::error::Error;
use super::suite::NamedGroup;
use crate::crypto::{Entropy, KeyExchange, Provider, PublicValue, SharedSecret};

/// An ephemeral private key; it is used once.
pub(crate) enum EphemeralKey<P: Provider> {
    #[cfg(feature = "x25519")]
    X25519(P::X25519),
    #[cfg(feature = "secp256r1")]
    Secp256r1(P::Secp256r1),
    #[cfg(feature = "secp384r1")]
    Secp384r1(P::Secp384r1),
}

impl<P: Provider> EphemeralKey<P> {
    pub(crate) fn generate(group: NamedGroup, entropy: &mut dyn Entropy) -> Result<Self, Error> {
        Ok(match group {
            #[cfg(feature = "x25519")]
            NamedGroup::X25519 => Self::X25519(P::X25519::generate(entropy)?),
            #[cfg(feature = "secp256r1")]
            NamedGroup::Secp256r1 => Self::Secp256r1(P::Secp256r1::generate(entropy)?),
            #[cfg(feature = "secp384r1")]
            NamedGroup::Secp384r1 => Self::Secp384r1(P::Secp384r1::generate(entropy)?),
        })
    }

    pub(crate) fn public_value(&self) -> PublicValue {
        match self {
            #[cfg(feature = "x25519")]
            Self::X25519(key) => key.public_value(),
            #[cfg(feature = "secp256r1")]
            Self::Secp256r1(key) => key.public_value(),
            #[cfg(feature = "secp384r1")]
            Self::Secp384r1(key) => key.public_value(),
        }
    }

    pub(crate) fn agree(self, peer: &[u8]) -> Result<SharedSecret, Error> {
        Ok(match self {
            #[cfg(feature = "x25519")]
            Self::X25519(key) => key.agree(peer)?,
            #[cfg(feature = "secp256r1")]
            Self::Secp256r1(key) => key.agree(peer)?,
            #[cfg(feature = "secp384r1")]
            Self::Secp384r1(key) => key.agree(peer)?,
        })
    }
}
