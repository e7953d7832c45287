//! Where a peer's RSA key is kept until the signature that proves its possession arrives.

use super::PublicKey;
use crate::wire::copy_front;

/// Longest modulus that is kept, in bytes: 4096 bits.
const MAX_MODULUS: usize = 512;
/// Longest public exponent that is kept, in bytes.
const MAX_EXPONENT: usize = 8;

/// Room for a peer's RSA key: [`RsaKey`], or [`super::Unsupported`], which holds none.
pub trait RsaKeyRoom: Sized {
    /// False only for [`super::Unsupported`].
    const SUPPORTED: bool = true;

    /// A copy of a key; `None` if there is no room for it.
    fn new(modulus: &[u8], exponent: &[u8]) -> Option<Self>;

    /// The key.
    fn key(&self) -> PublicKey<'_>;
}

/// An RSA key of at most 4096 bits, with an exponent of at most 8 bytes.
#[derive(Clone, Debug)]
pub struct RsaKey {
    /// The modulus, then the exponent.
    bytes: [u8; MAX_MODULUS + MAX_EXPONENT],
    modulus_len: usize,
    exponent_len: usize,
}

impl RsaKeyRoom for RsaKey {
    fn new(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        if modulus.len() > MAX_MODULUS || exponent.len() > MAX_EXPONENT {
            return None;
        }
        let mut bytes = [0; MAX_MODULUS + MAX_EXPONENT];
        let len = copy_front(&mut bytes, modulus);
        copy_front(bytes.get_mut(len..).unwrap_or_default(), exponent);
        Some(Self { bytes, modulus_len: modulus.len(), exponent_len: exponent.len() })
    }

    fn key(&self) -> PublicKey<'_> {
        let (modulus, rest) = self.bytes.split_at_checked(self.modulus_len).unwrap_or_default();
        PublicKey::Rsa { modulus, exponent: rest.get(..self.exponent_len).unwrap_or_default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_as_it_was_or_is_refused_whole() {
        let bytes: std::vec::Vec<u8> = (1..=255).cycle().take(520).collect();
        for (modulus, exponent, fits) in
            [(256, 3, true), (512, 8, true), (513, 3, false), (256, 9, false), (0, 0, true)]
        {
            let (modulus, exponent) = (&bytes[..modulus], &bytes[7..7 + exponent]);
            let kept = RsaKey::new(modulus, exponent);
            let expected = fits.then_some(PublicKey::Rsa { modulus, exponent });
            assert_eq!(kept.as_ref().map(RsaKey::key), expected);
        }
    }
}
