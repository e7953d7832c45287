//! ECDSA signatures on secp256r1 (FIPS 186-5 section 6.4.1).

use lsam_tls::crypto::{Digest, EcdsaSigValue, Secret};
use p256_cm4::{check_range_n, sign};
use zeroize::Zeroizing;

use crate::nonce::Nonces;
use crate::number::{Number, SecretNumber, bytes, number, public_point, write, write_both};

/// How many nonces are tried. One fails with a probability below 2^-32.
const TRIES: usize = 4;

/// A private key on secp256r1, wiped when it is dropped.
pub struct SigningKey {
    /// From 1 to the order less 1.
    scalar: SecretNumber,
}

impl SigningKey {
    /// The key with this private scalar, 32 bytes big-endian; `None` if it is not from 1 to the order less 1.
    pub fn new(scalar: &[u8]) -> Option<Self> {
        let scalar = Zeroizing::new(number(scalar.try_into().ok()?));
        check_range_n(&scalar).then_some(Self { scalar })
    }

    /// The x-coordinate of the public key, which its certificate contains. Computed at each call.
    pub fn public_x(&self) -> [u8; 32] {
        bytes(&public_point(&self.scalar).0)
    }

    /// The signature over `digest`, of which the first 32 bytes count. The nonce is that of RFC 6979 with
    /// SHA-256, so a bad random number can't reveal the key. `None` if the digest has fewer than 32 bytes.
    pub fn sign(&self, digest: &Digest) -> Option<EcdsaSigValue> {
        let digest: &[u8; 32] = digest.as_ref().first_chunk()?;
        let mut scalar = Secret::zero();
        write(&self.scalar, scalar.expose_mut());
        let mut nonces = Nonces::new(&scalar, digest)?;
        for _ in 0..TRIES {
            let nonce = Zeroizing::new(number(nonces.next()?.expose()));
            let (mut r, mut s) = <(Number, Number)>::default();
            // The library rejects a nonce that is zero or not below the order.
            if sign(&mut r, &mut s, digest, &self.scalar, &nonce) {
                return EcdsaSigValue::from_p1363(&write_both(&r, &s));
            }
        }
        None
    }
}
