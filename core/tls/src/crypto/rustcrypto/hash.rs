//! SHA-2 (FIPS 180-4) and HMAC (RFC 2104). The states wipe themselves.

use hmac::{KeyInit, Mac, digest::common::Key};
use sha2::Digest as _;
use zeroize::Zeroize;

use crate::crypto::{Digest, Hash, Hmac};
use crate::wire::copy_front;

macro_rules! hash {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(sha2::$name);

        impl Hash for $name {
            fn new() -> Option<Self> {
                Some(Self(sha2::$name::new()))
            }

            fn update(&mut self, data: &[u8]) {
                self.0.update(data);
            }

            fn finish(self) -> Digest {
                Digest::new::<$len>(&self.0.finalize().into())
            }
        }
    };
}

hash! {
    /// SHA-256
    Sha256, 32
}
#[cfg(feature = "sha384")]
hash! {
    /// SHA-384
    Sha384, 48
}
#[cfg(feature = "sha384")]
hash! {
    /// SHA-512
    Sha512, 64
}

macro_rules! hmac {
    ($(#[$doc:meta])* $name:ident, $hash:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(hmac::Hmac<sha2::$hash>);

        impl Hmac for $name {
            const LEN: usize = $len;

            fn new(key: &[u8]) -> Option<Self> {
                // RFC 2104 section 2: a key longer than a block is hashed, a shorter one padded with zeros.
                let mut block = Key::<hmac::Hmac<sha2::$hash>>::default();
                if key.len() > block.len() {
                    let mut hash = $hash(sha2::$hash::new());
                    Hash::update(&mut hash, key);
                    let mut hashed = hash.finish();
                    copy_front(&mut block, hashed.as_ref());
                    hashed.zeroize();
                } else {
                    copy_front(&mut block, key);
                }
                let hmac = hmac::Hmac::new(&block);
                block.as_mut_slice().zeroize();
                Some(Self(hmac))
            }

            fn update(&mut self, data: &[u8]) {
                self.0.update(data);
            }

            fn finish(self, out: &mut [u8]) {
                let mut tag = self.0.finalize().into_bytes();
                copy_front(out, &tag);
                tag.as_mut_slice().zeroize();
            }

        }
    };
}

hmac! {
    /// HMAC-SHA-256
    HmacSha256, Sha256, 32
}
#[cfg(feature = "sha384")]
hmac! {
    /// HMAC-SHA-384
    HmacSha384, Sha384, 48
}
