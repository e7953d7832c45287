//! Key exchange: ephemeral keys, public values and what both sides agree on.

use super::{Entropy, EntropyError, InvalidPublicValue, Secret, TooLong};
use crate::wire::copy_front;

/// Length of the longest public value of a key exchange: an uncompressed secp384r1 point.
pub const MAX_PUBLIC_VALUE: usize = 97;
/// Length of the longest shared secret: the x-coordinate of a secp384r1 point.
const MAX_SHARED_SECRET: usize = 48;

/// An ephemeral key of one group, used for one agreement.
pub trait KeyExchange: Sized {
    /// False only for [`super::Unsupported`].
    const SUPPORTED: bool = true;

    /// Generates a fresh key.
    ///
    /// # Errors
    /// [`EntropyError`] when the random number generator fails, and for [`super::Unsupported`].
    fn generate(entropy: &mut dyn Entropy) -> Result<Self, EntropyError>;

    /// The public value in TLS's encoding: 32 bytes for X25519, an uncompressed point otherwise (RFC 8422
    /// section 5.4).
    fn public_value(&self) -> PublicValue;

    /// Agrees with the peer's public value, in the same encoding.
    ///
    /// # Errors
    /// [`InvalidPublicValue`] if that is not a valid element of the group: a wrong length, a point that is
    /// not on the curve, at infinity or not in uncompressed form, or an all-zero X25519 result (RFC 8422
    /// section 5.11).
    fn agree(self, peer: &[u8]) -> Result<SharedSecret, InvalidPublicValue>;

    /// Answers the peer's public value: returns our public value and the shared secret. A key encapsulation
    /// mechanism, whose answer depends on the peer's value, does this in a single step.
    ///
    /// # Errors
    /// Those of [`Self::generate`] and [`Self::agree`].
    fn respond(
        entropy: &mut dyn Entropy,
        peer: &[u8],
    ) -> Result<(PublicValue, SharedSecret), KeyExchangeError> {
        let key = Self::generate(entropy)?;
        let value = key.public_value();
        Ok((value, key.agree(peer)?))
    }
}

/// Why a peer's public value could not be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyExchangeError {
    /// The random number generator failed.
    Entropy,
    /// The peer's public value is not a valid element of the group.
    PublicValue,
}

impl From<EntropyError> for KeyExchangeError {
    fn from(_: EntropyError) -> Self {
        Self::Entropy
    }
}

impl From<InvalidPublicValue> for KeyExchangeError {
    fn from(_: InvalidPublicValue) -> Self {
        Self::PublicValue
    }
}

/// The public value of a key exchange, at most [`MAX_PUBLIC_VALUE`] bytes.
#[derive(Clone, Copy, Debug)]
pub struct PublicValue {
    bytes: [u8; MAX_PUBLIC_VALUE],
    len: usize,
}

impl PublicValue {
    /// A public value of these bytes. More than [`MAX_PUBLIC_VALUE`] of them do not compile.
    pub fn new<const N: usize>(bytes: &[u8; N]) -> Self {
        const { assert!(N <= MAX_PUBLIC_VALUE, "no group of the profile has so long a public value") };
        Self::copy_of(&[bytes])
    }

    /// The uncompressed point with these coordinates (SEC 1 section 2.3.3).
    pub fn uncompressed<const N: usize>(x: &[u8; N], y: &[u8; N]) -> Self {
        const { assert!(2 * N < MAX_PUBLIC_VALUE, "no curve of the profile has so long coordinates") };
        Self::copy_of(&[&[4], x, y])
    }

    fn copy_of(parts: &[&[u8]]) -> Self {
        let mut value = Self { bytes: [0; MAX_PUBLIC_VALUE], len: 0 };
        for part in parts {
            value.len += copy_front(value.bytes.get_mut(value.len..).unwrap_or_default(), part);
        }
        value
    }
}

impl TryFrom<&[u8]> for PublicValue {
    type Error = TooLong;

    fn try_from(bytes: &[u8]) -> Result<Self, TooLong> {
        if bytes.len() > MAX_PUBLIC_VALUE { Err(TooLong) } else { Ok(Self::copy_of(&[bytes])) }
    }
}

impl AsRef<[u8]> for PublicValue {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// The result of a key agreement: 32 bytes, or 48 for secp384r1.
pub struct SharedSecret {
    bytes: Secret<MAX_SHARED_SECRET>,
    len: usize,
}

impl SharedSecret {
    /// A secret of these bytes. More than 48 of them do not compile.
    pub fn new<const N: usize>(bytes: &[u8; N]) -> Self {
        const { assert!(N <= MAX_SHARED_SECRET, "no group of the profile has so long a secret") };
        Self::copy_of(bytes)
    }

    fn copy_of(bytes: &[u8]) -> Self {
        let mut secret = Self { bytes: Secret::zero(), len: bytes.len() };
        copy_front(secret.bytes.expose_mut(), bytes);
        secret
    }

    /// The bytes, for the key schedule to work on.
    pub fn expose(&self) -> &[u8] {
        self.bytes.expose().get(..self.len).unwrap_or_default()
    }
}

impl TryFrom<&[u8]> for SharedSecret {
    type Error = TooLong;

    fn try_from(bytes: &[u8]) -> Result<Self, TooLong> {
        if bytes.len() > MAX_SHARED_SECRET { Err(TooLong) } else { Ok(Self::copy_of(bytes)) }
    }
}

#[cfg(test)]
mod tests {
    use zeroize::ZeroizeOnDrop;

    use super::*;
    use crate::crypto::Digest;

    #[test]
    fn a_shared_secret_is_wiped_when_it_is_dropped() {
        const fn is_wiped<T: ZeroizeOnDrop>(_: &T) {}
        // Its bytes are in a type that is wiped, and it does not implement Drop, which could bypass that.
        is_wiped(&SharedSecret::new(&[7; 48]).bytes);
    }

    #[test]
    fn what_is_too_long_is_refused_and_not_cut() {
        let bytes = [7; 128];
        for len in [0, 1, 32, 48, 49, 64, 65, 97, 98, 128] {
            let bytes = &bytes[..len];
            let digest = Digest::try_from(bytes).ok();
            assert_eq!(digest.as_ref().map(AsRef::as_ref), (len <= 64).then_some(bytes), "{len}");
            let value = PublicValue::try_from(bytes).ok();
            assert_eq!(value.as_ref().map(AsRef::as_ref), (len <= 97).then_some(bytes), "{len}");
            let secret = SharedSecret::try_from(bytes).ok();
            assert_eq!(secret.as_ref().map(SharedSecret::expose), (len <= 48).then_some(bytes), "{len}");
        }
        assert_eq!(PublicValue::uncompressed(&[1; 2], &[2; 2]).as_ref(), [4, 1, 1, 2, 2]);
    }
}
