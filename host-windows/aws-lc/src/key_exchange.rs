//! X25519 (RFC 7748) and Diffie-Hellman on secp256r1 and secp384r1 (RFC 8422 section 5.10).

use std::marker::PhantomData;

use aws_lc_rs::agreement::{self, Algorithm, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::error::Unspecified;
use lsam_tls::crypto::{
    Entropy, EntropyError, InvalidPublicValue, KeyExchange, PublicValue, Secret, SharedSecret,
};

/// A group of the profile.
pub trait Group {
    /// The library's name for it.
    fn algorithm() -> &'static Algorithm;

    /// Makes a private key.
    ///
    /// # Errors
    /// [`EntropyError`] when the random number generator fails.
    fn private_key(entropy: &mut dyn Entropy) -> Result<PrivateKey, EntropyError>;

    /// Whether `value` has the form of a public value. The library itself also reads compressed points and a
    /// whole SubjectPublicKeyInfo.
    fn has_form(value: &[u8]) -> bool;
}

/// X25519, whose keys come from the caller's randomness.
#[derive(Debug)]
pub enum X25519 {}

impl Group for X25519 {
    fn algorithm() -> &'static Algorithm {
        &agreement::X25519
    }

    fn private_key(entropy: &mut dyn Entropy) -> Result<PrivateKey, EntropyError> {
        let mut bytes = Secret::<32>::zero();
        entropy.fill(bytes.expose_mut())?;
        PrivateKey::from_private_key(Self::algorithm(), bytes.expose()).map_err(|_| EntropyError)
    }

    fn has_form(value: &[u8]) -> bool {
        value.len() == 32
    }
}

macro_rules! curve {
    ($(#[$doc:meta])* $name:ident, $algorithm:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl Group for $name {
            fn algorithm() -> &'static Algorithm {
                &agreement::$algorithm
            }

            // Not from `entropy`: see the documentation of the crate.
            fn private_key(_: &mut dyn Entropy) -> Result<PrivateKey, EntropyError> {
                PrivateKey::generate(Self::algorithm()).map_err(|_| EntropyError)
            }

            fn has_form(value: &[u8]) -> bool {
                is_uncompressed::<$len>(value)
            }
        }
    };
}

curve! {
    /// The curve secp256r1, with keys from the library's own generator.
    Secp256r1, ECDH_P256, 32
}
curve! {
    /// The curve secp384r1, with keys from the library's own generator.
    Secp384r1, ECDH_P384, 48
}

/// Whether `point` has the uncompressed form with coordinates of `LEN` bytes, and no other (SEC 1 section
/// 2.3.3, RFC 8422 section 5.1.2).
pub(crate) fn is_uncompressed<const LEN: usize>(point: &[u8]) -> bool {
    point.strip_prefix(&[4]).is_some_and(|coordinates| coordinates.len() == 2 * LEN)
}

/// A fresh key of the group `G`.
pub struct EphemeralKey<G> {
    key: PrivateKey,
    /// Made with the key, because the library can fail to.
    value: PublicValue,
    group: PhantomData<G>,
}

impl<G: Group> EphemeralKey<G> {
    fn new(key: PrivateKey) -> Result<Self, Unspecified> {
        let value = PublicValue::try_from(key.compute_public_key()?.as_ref()).map_err(|_| Unspecified)?;
        Ok(Self { key, value, group: PhantomData })
    }
}

impl<G: Group> KeyExchange for EphemeralKey<G> {
    fn generate(entropy: &mut dyn Entropy) -> Result<Self, EntropyError> {
        Self::new(G::private_key(entropy)?).map_err(|_| EntropyError)
    }

    fn public_value(&self) -> PublicValue {
        self.value
    }

    fn agree(self, peer: &[u8]) -> Result<SharedSecret, InvalidPublicValue> {
        if !G::has_form(peer) {
            return Err(InvalidPublicValue);
        }
        // The library refuses points off the curve and an all-zero result (RFC 8422 section 5.11).
        let peer = UnparsedPublicKey::new(G::algorithm(), peer);
        agreement::agree(&self.key, peer, InvalidPublicValue, |secret| {
            SharedSecret::try_from(secret).map_err(|_| InvalidPublicValue)
        })
    }
}

#[cfg(test)]
mod tests {
    use lsam_testing::provider::wycheproof;

    use super::*;

    /// The key with a scalar of `len` bytes, given without zeros in front.
    fn with_scalar<G: Group>(len: usize, scalar: &[u8]) -> EphemeralKey<G> {
        let whole = [&vec![0; len - scalar.len()], scalar].concat();
        EphemeralKey::new(PrivateKey::from_private_key(G::algorithm(), &whole).unwrap()).unwrap()
    }

    #[test]
    fn vectors_of_curves() {
        assert_eq!(wycheproof::secp256r1(|scalar| with_scalar::<Secp256r1>(32, scalar)), 355);
        assert_eq!(wycheproof::secp384r1(|scalar| with_scalar::<Secp384r1>(48, scalar)), 790);
    }
}
