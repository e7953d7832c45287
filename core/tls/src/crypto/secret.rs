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

    /// The bytes, for use in a primitive.
    pub const fn expose(&self) -> &[u8; N] {
        &self.0
    }

    /// The bytes, for a primitive to write to.
    pub const fn expose_mut(&mut self) -> &mut [u8; N] {
        &mut self.0
    }

    /// Whether `other` holds the same bytes, in a time that depends only on its length.
    pub fn equals(&self, other: &[u8]) -> bool {
        self.0.as_slice().ct_eq(other).into()
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
    }
}
