//! Memory that holds secrets: wiped when dropped, compared in constant time, never printed.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// `N` secret bytes.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secret<const N: usize>([u8; N]);

impl<const N: usize> Secret<N> {
    /// `N` zero bytes, to be filled in through [`Self::expose_mut`].
    pub const fn zero() -> Self {
        Self([0; N])
    }

    /// The bytes, for a primitive to work on.
    pub const fn expose(&self) -> &[u8; N] {
        &self.0
    }

    /// The bytes, for a primitive to write to.
    pub const fn expose_mut(&mut self) -> &mut [u8; N] {
        &mut self.0
    }

    /// Whether `other` holds the same bytes, in a time that depends on its length alone.
    pub fn equals(&self, other: &[u8]) -> bool {
        self.0.as_slice().ct_eq(other).into()
    }
}

/// The result of a key agreement: 32 bytes, or 48 for secp384r1.
pub struct SharedSecret {
    bytes: Secret<48>,
    len: usize,
}

impl SharedSecret {
    /// Takes over `bytes`; what exceeds 48 bytes is cut off.
    pub fn new(bytes: &[u8]) -> Self {
        let mut secret = Self { bytes: Secret::zero(), len: bytes.len().min(48) };
        for (to, from) in secret.bytes.expose_mut().iter_mut().zip(bytes) {
            *to = *from;
        }
        secret
    }

    /// The bytes, for the key schedule to work on.
    pub fn expose(&self) -> &[u8] {
        self.bytes.expose().get(..self.len).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_compare_by_content_and_length() {
        let mut secret = Secret::<3>::zero();
        secret.expose_mut().copy_from_slice(&[1, 2, 3]);
        assert!(secret.equals(&[1, 2, 3]));
        assert!(!secret.equals(&[1, 2, 4]));
        assert!(!secret.equals(&[1, 2]));
    }

    #[test]
    fn secrets_are_wiped_when_they_are_dropped() {
        const fn is_wiped<T: ZeroizeOnDrop>(_: &T) {}
        let mut secret = Secret([7; 32]);
        is_wiped(&secret);
        secret.zeroize();
        assert_eq!(secret.expose(), &[0; 32]);
        // A shared secret has its bytes in one, and no Drop of its own that could pass over it.
        is_wiped(&SharedSecret::new(&[7; 48]).bytes);
    }
}
