//! SHA-2 (FIPS 180-4), HMAC (RFC 2104) and the PRF of TLS 1.2 (RFC 5246 section 5).

use aws_lc_rs::{digest, hmac, tls_prf};
use lsam_tls::crypto::{Digest, Hash, Hmac};

macro_rules! hash {
    ($(#[$doc:meta])* $name:ident, $algorithm:ident, $len:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(digest::Context);

        impl Hash for $name {
            fn new() -> Option<Self> {
                Some(Self(digest::Context::new(&digest::$algorithm)))
            }

            fn update(&mut self, data: &[u8]) {
                self.0.update(data);
            }

            fn finish(self) -> Digest {
                let mut bytes = [0; digest::$len];
                copy_front(&mut bytes, self.0.finish().as_ref());
                Digest::new(&bytes)
            }
        }
    };
}

hash! {
    /// SHA-256
    Sha256, SHA256, SHA256_OUTPUT_LEN
}
hash! {
    /// SHA-384
    Sha384, SHA384, SHA384_OUTPUT_LEN
}
hash! {
    /// SHA-512
    Sha512, SHA512, SHA512_OUTPUT_LEN
}

macro_rules! hmac {
    ($(#[$doc:meta])* $name:ident, $algorithm:ident, $p_hash:ident, $len:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(hmac::Context);

        impl Hmac for $name {
            const LEN: usize = digest::$len;

            fn new(key: &[u8]) -> Option<Self> {
                Some(Self(hmac::Context::with_key(&hmac::Key::new(hmac::$algorithm, key))))
            }

            fn update(&mut self, data: &[u8]) {
                self.0.update(data);
            }

            fn finish(self, out: &mut [u8]) {
                copy_front(out, self.0.sign().as_ref());
            }

            fn p_hash(secret: &[u8], label: &[u8], seed: [&[u8]; 2], out: &mut [u8]) -> Option<()> {
                let secret = tls_prf::Secret::new(&tls_prf::$p_hash, secret).ok()?;
                let [first, second] = seed;
                let derived = secret.derive_with_seed_concatination(label, first, second, out.len()).ok()?;
                copy_front(out, derived.as_ref());
                Some(())
            }
        }
    };
}

hmac! {
    /// HMAC-SHA-256
    HmacSha256, HMAC_SHA256, P_SHA256, SHA256_OUTPUT_LEN
}
hmac! {
    /// HMAC-SHA-384
    HmacSha384, HMAC_SHA384, P_SHA384, SHA384_OUTPUT_LEN
}

/// Copies as much of `from` as `to` holds.
fn copy_front(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}
