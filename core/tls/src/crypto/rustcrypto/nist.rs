//! Diffie-Hellman on secp256r1 and secp384r1 (RFC 8422 section 5.10).

use p256::elliptic_curve::{
    CurveArithmetic, FieldBytes, NonZeroScalar, PublicKey, ecdh::diffie_hellman, point::AffineCoordinates,
};
use zeroize::{Zeroize, Zeroizing};

use super::ecdsa::uncompressed_point;
use crate::crypto::{Entropy, EntropyError, InvalidPublicValue, KeyExchange, PublicValue, SharedSecret};

/// A curve of the profile, and the encodings of its values.
pub trait Curve: CurveArithmetic<AffinePoint: AffineCoordinates<FieldRepr = FieldBytes<Self>>> {
    /// The public value with these coordinates.
    fn public_value(x: FieldBytes<Self>, y: FieldBytes<Self>) -> PublicValue;
    /// The secret with this x-coordinate.
    fn shared_secret(x: &FieldBytes<Self>) -> SharedSecret;
}

macro_rules! curve {
    ($curve:ty, $len:literal) => {
        impl Curve for $curve {
            fn public_value(x: FieldBytes<Self>, y: FieldBytes<Self>) -> PublicValue {
                PublicValue::uncompressed::<$len>(x.as_ref(), y.as_ref())
            }

            fn shared_secret(x: &FieldBytes<Self>) -> SharedSecret {
                SharedSecret::new::<$len>(x.as_ref())
            }
        }
    };
}

#[cfg(feature = "secp256r1")]
curve!(p256::NistP256, 32);
#[cfg(feature = "secp384r1")]
curve!(p384::NistP384, 48);

/// How often a scalar is drawn before the generator is considered broken. On both curves, one draw fails with
/// a probability below 2^-32.
const DRAWS: usize = 4;

/// A fresh key on the curve `C`.
pub struct EphemeralKey<C: Curve>(Zeroizing<NonZeroScalar<C>>);

impl<C: Curve> KeyExchange for EphemeralKey<C> {
    fn generate(entropy: &mut dyn Entropy) -> Result<Self, EntropyError> {
        // FIPS 186-5 appendix A.2.2: a value that is out of range is drawn again, so that the scalar is
        // unbiased.
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
        // Encodes the coordinates directly, as when decoding: the general encoder inspects its own output for
        // the form that it used, and could panic there.
        let key = PublicKey::<C>::from_secret_scalar(&self.0);
        C::public_value(key.as_affine().x(), key.as_affine().y())
    }

    fn agree(self, peer: &[u8]) -> Result<SharedSecret, InvalidPublicValue> {
        let peer = uncompressed_point::<C>(peer).ok_or(InvalidPublicValue)?;
        Ok(C::shared_secret(diffie_hellman(*self.0, peer).raw_secret_bytes()))
    }
}
