//! Diffie-Hellman on secp256r1 (RFC 8422 section 5.10).

use lsam_tls::crypto::{
    Entropy, EntropyError, InvalidPublicValue, KeyExchange, PublicValue, Secret, SharedSecret,
};
use p256_cm4::{check_range_n, ecdh_calc_shared_secret};
use zeroize::Zeroizing;

use crate::number::{SecretNumber, bytes, number, point, public_point};

/// How often a scalar is drawn before the generator is considered broken. One draw fails with a probability
/// below 2^-32.
const DRAWS: usize = 4;

/// A fresh key on secp256r1.
pub struct EphemeralKey {
    /// From 1 to the order less 1.
    scalar: SecretNumber,
}

impl KeyExchange for EphemeralKey {
    fn generate(entropy: &mut dyn Entropy) -> Result<Self, EntropyError> {
        let mut bytes = Secret::<32>::zero();
        // FIPS 186-5 appendix A.2.2: a value that is out of range is drawn again, so that the scalar is
        // unbiased.
        for _ in 0..DRAWS {
            entropy.fill(bytes.expose_mut())?;
            let scalar = Zeroizing::new(number(bytes.expose()));
            if check_range_n(&scalar) {
                return Ok(Self { scalar });
            }
        }
        Err(EntropyError)
    }

    fn public_value(&self) -> PublicValue {
        let (x, y) = public_point(&self.scalar);
        PublicValue::uncompressed(&bytes(&x), &bytes(&y))
    }

    fn agree(self, peer: &[u8]) -> Result<SharedSecret, InvalidPublicValue> {
        let (x, y) = point(peer).ok_or(InvalidPublicValue)?;
        let mut shared = Secret::<32>::zero();
        // The library checks that the point is on the curve.
        if ecdh_calc_shared_secret(shared.expose_mut(), &self.scalar, &x, &y) {
            Ok(SharedSecret::new(shared.expose()))
        } else {
            Err(InvalidPublicValue)
        }
    }
}
