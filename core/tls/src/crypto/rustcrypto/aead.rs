//! AES-GCM (NIST SP 800-38D) and ChaCha20-Poly1305 (RFC 8439), detached tag, in place.

// Every cipher crate of the generation shares these traits; which of the crates is there depends on the features.
#[cfg(any(feature = "aes128-gcm", feature = "aes256-gcm"))]
use aes_gcm::{AeadInOut, KeyInit};
#[cfg(not(any(feature = "aes128-gcm", feature = "aes256-gcm")))]
use chacha20poly1305::{AeadInOut, KeyInit};
use zeroize::Zeroize;

use crate::crypto::{Aead, Inauthentic, NONCE_LEN, TAG_LEN};

macro_rules! aead {
    ($(#[$doc:meta])* $name:ident, $cipher:ty, $key_len:literal) => {
        $(#[$doc])*
        pub struct $name($cipher);

        impl Aead for $name {
            const KEY_LEN: usize = $key_len;

            fn new(key: &[u8]) -> Option<Self> {
                <$cipher>::new_from_slice(key).ok().map(Self)
            }

            fn seal(&self, nonce: &[u8; NONCE_LEN], aad: &[u8], text: &mut [u8]) -> [u8; TAG_LEN] {
                match self.0.encrypt_inout_detached(nonce.into(), aad, (&mut *text).into()) {
                    Ok(tag) => tag.into(),
                    // Only a text of 64 GiB and more gets here. It must not leave as it is.
                    Err(_) => {
                        text.zeroize();
                        [0; TAG_LEN]
                    }
                }
            }

            fn open(
                &self,
                nonce: &[u8; NONCE_LEN],
                aad: &[u8],
                text: &mut [u8],
                tag: &[u8; TAG_LEN],
            ) -> Result<(), Inauthentic> {
                self.0
                    .decrypt_inout_detached(nonce.into(), aad, text.into(), tag.into())
                    .map_err(|_| Inauthentic)
            }
        }
    };
}

#[cfg(feature = "aes128-gcm")]
aead! {
    /// AES-128-GCM
    Aes128Gcm, aes_gcm::Aes128Gcm, 16
}
#[cfg(feature = "aes256-gcm")]
aead! {
    /// AES-256-GCM
    Aes256Gcm, aes_gcm::Aes256Gcm, 32
}
#[cfg(feature = "chacha20-poly1305")]
aead! {
    /// ChaCha20-Poly1305
    ChaCha20Poly1305, chacha20poly1305::ChaCha20Poly1305, 32
}
