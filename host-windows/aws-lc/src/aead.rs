//! AES-GCM (NIST SP 800-38D) and ChaCha20-Poly1305 (RFC 8439), detached tag, in place.

use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use lsam_tls::crypto::{Aead, Inauthentic, NONCE_LEN, SealError, TAG_LEN};

macro_rules! cipher {
    ($(#[$doc:meta])* $name:ident, $algorithm:ident) => {
        $(#[$doc])*
        // The session counts records and never seals two with one nonce.
        pub struct $name(LessSafeKey);

        impl Aead for $name {
            fn new(key: &[u8]) -> Option<Self> {
                UnboundKey::new(&aead::$algorithm, key).ok().map(LessSafeKey::new).map(Self)
            }

            fn seal(
                &self,
                nonce: &[u8; NONCE_LEN],
                aad: &[u8],
                text: &mut [u8],
            ) -> Result<[u8; TAG_LEN], SealError> {
                let nonce = Nonce::assume_unique_for_key(*nonce);
                let tag = self.0.seal_in_place_separate_tag(nonce, Aad::from(aad), text);
                tag.map_err(|_| SealError)?.as_ref().try_into().map_err(|_| SealError)
            }

            fn open(
                &self,
                nonce: &[u8; NONCE_LEN],
                aad: &[u8],
                text: &mut [u8],
                tag: &[u8; TAG_LEN],
            ) -> Result<(), Inauthentic> {
                let nonce = Nonce::assume_unique_for_key(*nonce);
                let opened = self.0.open_in_place_separate_tag(nonce, Aad::from(aad), tag, text);
                opened.map(drop).map_err(|_| Inauthentic)
            }
        }
    };
}

cipher! {
    /// AES-128-GCM
    Aes128Gcm, AES_128_GCM
}
cipher! {
    /// AES-256-GCM
    Aes256Gcm, AES_256_GCM
}
cipher! {
    /// ChaCha20-Poly1305
    ChaCha20Poly1305, CHACHA20_POLY1305
}
