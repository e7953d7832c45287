//! Deterministic nonces (RFC 6979 section 3.2) with HMAC-SHA-256, whose length is that of the order.

use lsam_tls::crypto::rustcrypto::HmacSha256;
use lsam_tls::crypto::{Hmac, Secret};

use crate::number::{number, reduced, write};

/// The candidates for the nonce of one signature, one after the other.
pub(crate) struct Nonces {
    k: Secret<32>,
    v: Secret<32>,
    /// Whether a candidate was returned, so the state must change before the next one.
    used: bool,
}

impl Nonces {
    /// For a signature over `digest` with the private key `scalar`.
    pub(crate) fn new(scalar: &Secret<32>, digest: &[u8; 32]) -> Option<Self> {
        let mut reduced_digest = [0; 32];
        // bits2octets (section 2.3.4).
        write(&reduced(&number(digest)), &mut reduced_digest);
        // Steps b to g.
        let mut nonces = Self { k: Secret::zero(), v: Secret::zero(), used: false };
        nonces.v.expose_mut().fill(1);
        for round in 0..2 {
            nonces.rekey(&[&[round], scalar.expose(), &reduced_digest])?;
        }
        Some(nonces)
    }

    /// The next candidate (step h), not necessarily below the order.
    pub(crate) fn next(&mut self) -> Option<&Secret<32>> {
        if self.used {
            self.rekey(&[&[0]])?;
        }
        self.used = true;
        self.step()?;
        Some(&self.v)
    }

    /// `K = HMAC_K(V || parts)`, `V = HMAC_K(V)`.
    fn rekey(&mut self, parts: &[&[u8]]) -> Option<()> {
        let mut hmac = HmacSha256::new(self.k.expose())?;
        hmac.update(self.v.expose());
        for part in parts {
            hmac.update(part);
        }
        hmac.finish(self.k.expose_mut());
        self.step()
    }

    /// `V = HMAC_K(V)`.
    fn step(&mut self) -> Option<()> {
        let mut hmac = HmacSha256::new(self.k.expose())?;
        hmac.update(self.v.expose());
        hmac.finish(self.v.expose_mut());
        Some(())
    }
}
