//! The minimum cost of a record: its data is copied to where aws-lc-rs seals or opens it in place.

use std::time::{Duration, Instant};

use aws_lc_rs::aead::{self, Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};
use lsam_core::tls::CipherSuite;

use crate::Failure;

/// The cipher of a suite, without TLS.
pub(super) struct Bare {
    key: LessSafeKey,
    data: Vec<u8>,
    /// The data, and the sealed data with its tag.
    sealed: Vec<u8>,
    room: Vec<u8>,
}

impl Bare {
    /// For records of `data`.
    ///
    /// # Errors
    /// The library's own error.
    pub(super) fn new(suite: CipherSuite, data: &[u8]) -> Result<Self, Failure> {
        let algorithm: &Algorithm = match suite {
            CipherSuite::EcdheEcdsaAes128GcmSha256 => &aead::AES_128_GCM,
            CipherSuite::EcdheEcdsaAes256GcmSha384 => &aead::AES_256_GCM,
            _ => &aead::CHACHA20_POLY1305,
        };
        let key = LessSafeKey::new(UnboundKey::new(algorithm, &vec![7; algorithm.key_len()])?);
        let mut sealed = data.to_vec();
        key.seal_in_place_append_tag(nonce(), additional(), &mut sealed)?;
        let room = vec![0; sealed.len()];
        Ok(Self { key, data: data.to_vec(), sealed, room })
    }

    /// How long `count` records take.
    ///
    /// # Errors
    /// The library's own error.
    pub(super) fn run(&mut self, sealing: bool, count: u32) -> Result<Duration, Failure> {
        let start = Instant::now();
        for _ in 0..count {
            if sealing {
                let room = self.room.get_mut(..self.data.len()).ok_or("no room")?;
                room.copy_from_slice(&self.data);
                let tag = self.key.seal_in_place_separate_tag(nonce(), additional(), room)?;
                std::hint::black_box(tag.as_ref());
            } else {
                self.room.copy_from_slice(&self.sealed);
                std::hint::black_box(self.key.open_in_place(nonce(), additional(), &mut self.room)?);
            }
        }
        Ok(start.elapsed())
    }
}

fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

/// As long as that of TLS 1.2 (RFC 5246 section 6.2.3.3).
fn additional() -> Aad<[u8; 13]> {
    Aad::from([0; 13])
}
