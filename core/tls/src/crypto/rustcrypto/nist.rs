//! Diffie-Hellman on secp256r1 and secp384r1 (RFC 8422 section 5.10).

use p256::elliptic_curve::{
    AffinePoint, CurveArithmetic, FieldBytes, NonZeroScalar, PublicKey, ecdh::diffie_hellman,
    point::AffineCoordinates,
};
use zeroize::{Zeroize, Zeroizing};

use super::ecdsa::{UNCOMPRESSED, uncompressed_point};
use crate::crypto::{Entropy, EntropyError, InvalidPublicValue, KeyExchange, PublicValue, SharedSecret};

/// A fresh key on secp256r1.
#[cfg(feature = "secp256r1")]
pub type Secp256r1 = EphemeralKey<p256::NistP256>;
/// A fresh key on secp384r1.
#[cfg(feature = "secp384r1")]
pub type Secp384r1 = EphemeralKey<p384::NistP384>;

/// How often a scalar is drawn before the generator counts as broken. On both curves one draw fails with a
/// probability below 2^-32.
const DRAWS: usize = 4;

/// A fresh key on the curve `C`.
pub struct EphemeralKey<C: CurveArithmetic>(Zeroizing<NonZeroScalar<C>>);

impl<C> KeyExchange for EphemeralKey<C>
where
    C: CurveArithmetic,
    AffinePoint<C>: AffineCoordinates<FieldRepr = FieldBytes<C>>,
{
    fn generate(entropy: &mut dyn Entropy) -> Result<Self, EntropyError> {
        // FIPS 186-5 appendix A.2.2: what is out of range is drawn again, so that the scalar has no bias.
        for _ in 0..DRAWS {
            let mut bytes = FieldBytes::<C>::default();
            let filled = entropy.fill(&mut bytes);
            let scalar = NonZeroScalar::<C>::from_repr(bytes).into_option();
            bytes.as_mut_slice().zeroize();
            filled?;
            if let Some(scalar) = scalar {
                return Ok(Self(Zeroizing::new(scalar)));
            }
        }
        Err(EntropyError)
    }

    fn public_value(&self) -> PublicValue {
        // Through the coordinates, as in the other direction: an encoder of all forms looks into its own work for which it
        // was, and could panic there.
        let key = PublicKey::<C>::from_secret_scalar(&self.0);
        PublicValue::concat(&[&[UNCOMPRESSED], &key.as_affine().x(), &key.as_affine().y()])
    }

    fn agree(self, peer: &[u8]) -> Result<SharedSecret, InvalidPublicValue> {
        let peer = uncompressed_point::<C>(peer).ok_or(InvalidPublicValue)?;
        Ok(SharedSecret::new(diffie_hellman(*self.0, peer).raw_secret_bytes()))
    }
}
