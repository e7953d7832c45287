//! AES-GCM (NIST SP 800-38D) and ChaCha20-Poly1305 (RFC 8439), detached tag, in place.

// All cipher crates of this generation share these traits; the features decide which of the crates are
// linked.
#[cfg(any(feature = "aes128-gcm", feature = "aes256-gcm"))]
use aes_gcm::aead;
#[cfg(not(any(feature = "aes128-gcm", feature = "aes256-gcm")))]
use chacha20poly1305::aead;

use aead::consts::{U12, U16};
use aead::{AeadInOut, KeyInit};

use crate::crypto::{Aead, Inauthentic, NONCE_LEN, SealError, TAG_LEN};

/// A cipher of the RustCrypto project.
pub struct Cipher<C>(C);

impl<C: AeadInOut<NonceSize = U12, TagSize = U16> + KeyInit> Aead for Cipher<C> {
    fn new(key: &[u8]) -> Option<Self> {
        C::new_from_slice(key).ok().map(Self)
    }

    fn seal(&self, nonce: &[u8; NONCE_LEN], aad: &[u8], text: &mut [u8]) -> Result<[u8; TAG_LEN], SealError> {
        let tag = self.0.encrypt_inout_detached(nonce.into(), aad, text.into());
        tag.map(Into::into).map_err(|_| SealError)
    }

    fn open(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        text: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), Inauthentic> {
        self.0.decrypt_inout_detached(nonce.into(), aad, text.into(), tag.into()).map_err(|_| Inauthentic)
    }
}
