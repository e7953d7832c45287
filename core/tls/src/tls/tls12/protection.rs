//! Sealing and opening of records (RFC 5246 section 6.2.3.3, RFC 5288 section 3, RFC 7905 section 2).

use core::ops::Range;

use crate::crypto::{Aead, NONCE_LEN, Provider, TAG_LEN};
use crate::tls::codes::{ContentType, ProtocolVersion};
use crate::tls::error::{Error, Misbehaved};
use crate::tls::suite::BulkCipher;

/// Length of the part of the nonce that AES-GCM sends with each record.
const EXPLICIT_NONCE: usize = 8;
/// Length of the part of AES-GCM's nonce that comes from the key schedule.
const SALT: usize = 4;

/// The cipher of one direction with its nonce and sequence number.
pub(crate) struct Protection<P: Provider> {
    cipher: Cipher<P>,
    /// GCM: the salt in front, zeros behind. ChaCha20-Poly1305: the whole IV.
    iv: [u8; NONCE_LEN],
    /// Sequence number of the next record; none when the last has been used (RFC 5246 section 6.1).
    sequence: Option<u64>,
}

enum Cipher<P: Provider> {
    #[cfg(feature = "aes128-gcm")]
    Aes128Gcm(P::Aes128Gcm),
    #[cfg(feature = "aes256-gcm")]
    Aes256Gcm(P::Aes256Gcm),
    #[cfg(feature = "chacha20-poly1305")]
    ChaCha20Poly1305(P::ChaCha20Poly1305),
}

impl BulkCipher {
    /// Length of the key in bytes.
    pub(crate) const fn key_len<P: Provider>(self) -> usize {
        match self {
            #[cfg(feature = "aes128-gcm")]
            Self::Aes128Gcm => P::Aes128Gcm::KEY_LEN,
            #[cfg(feature = "aes256-gcm")]
            Self::Aes256Gcm => P::Aes256Gcm::KEY_LEN,
            #[cfg(feature = "chacha20-poly1305")]
            Self::ChaCha20Poly1305 => P::ChaCha20Poly1305::KEY_LEN,
        }
    }

    /// Length of what the key block gives to the nonce, in bytes.
    pub(crate) const fn fixed_iv_len(self) -> usize {
        match self {
            #[cfg(feature = "aes128-gcm")]
            Self::Aes128Gcm => SALT,
            #[cfg(feature = "aes256-gcm")]
            Self::Aes256Gcm => SALT,
            #[cfg(feature = "chacha20-poly1305")]
            Self::ChaCha20Poly1305 => NONCE_LEN,
        }
    }
}

impl<P: Provider> Protection<P> {
    /// The cipher that `bulk_cipher` names, with its part of the key block; none when a length is wrong.
    pub(crate) fn new(bulk_cipher: BulkCipher, key: &[u8], fixed_iv: &[u8]) -> Option<Self> {
        let cipher = match bulk_cipher {
            #[cfg(feature = "aes128-gcm")]
            BulkCipher::Aes128Gcm => Cipher::Aes128Gcm(P::Aes128Gcm::new(key)?),
            #[cfg(feature = "aes256-gcm")]
            BulkCipher::Aes256Gcm => Cipher::Aes256Gcm(P::Aes256Gcm::new(key)?),
            #[cfg(feature = "chacha20-poly1305")]
            BulkCipher::ChaCha20Poly1305 => Cipher::ChaCha20Poly1305(P::ChaCha20Poly1305::new(key)?),
        };
        if fixed_iv.len() != bulk_cipher.fixed_iv_len() {
            return None;
        }
        let mut iv = [0; NONCE_LEN];
        for (to, from) in iv.iter_mut().zip(fixed_iv) {
            *to = *from;
        }
        Some(Self { cipher, iv, sequence: Some(0) })
    }

    /// How many bytes stand in front of the ciphertext.
    pub(crate) const fn prefix_len(&self) -> usize {
        match self.cipher {
            #[cfg(feature = "chacha20-poly1305")]
            Cipher::ChaCha20Poly1305(_) => 0,
            #[cfg(any(feature = "aes128-gcm", feature = "aes256-gcm"))]
            _ => EXPLICIT_NONCE,
        }
    }

    /// How much longer a record gets by being sealed.
    pub(crate) const fn overhead(&self) -> usize {
        self.prefix_len() + TAG_LEN
    }

    /// Seals the body of a record in place: `body` holds room for the prefix, the plaintext, and room for the tag.
    pub(crate) fn seal(&mut self, content_type: ContentType, body: &mut [u8]) -> Result<(), Error> {
        let sequence = self.sequence.ok_or(Misbehaved::RecordSequence)?;
        let (prefix, rest) = body.split_at_mut_checked(self.prefix_len()).ok_or(Error::Bug)?;
        let (text, tag) = rest.split_last_chunk_mut::<TAG_LEN>().ok_or(Error::Bug)?;
        // The sequence number as explicit nonce: never the same twice under one key (RFC 5288 section 3).
        prefix.copy_from_slice(sequence.to_be_bytes().get(..prefix.len()).ok_or(Error::Bug)?);
        let nonce = self.nonce(sequence.to_be_bytes());
        let aad = additional_data(sequence, content_type, text.len())?;
        *tag = match &self.cipher {
            #[cfg(feature = "aes128-gcm")]
            Cipher::Aes128Gcm(aead) => aead.seal(&nonce, &aad, text),
            #[cfg(feature = "aes256-gcm")]
            Cipher::Aes256Gcm(aead) => aead.seal(&nonce, &aad, text),
            #[cfg(feature = "chacha20-poly1305")]
            Cipher::ChaCha20Poly1305(aead) => aead.seal(&nonce, &aad, text),
        };
        self.sequence = sequence.checked_add(1);
        Ok(())
    }

    /// Opens the body of a record in place; gives the type of the plaintext, and where in the body it is. In TLS 1.2 the
    /// type is the one in the record's header.
    pub(crate) fn open(
        &mut self,
        content_type: ContentType,
        body: &mut [u8],
    ) -> Result<(ContentType, Range<usize>), Error> {
        let sequence = self.sequence.ok_or(Misbehaved::RecordSequence)?;
        let prefix_len = self.prefix_len();
        // Too short for nonce and tag: as little authentic as a wrong tag.
        let (prefix, rest) = body.split_at_mut_checked(prefix_len).ok_or(Misbehaved::BadRecordMac)?;
        let (text, tag) = rest.split_last_chunk_mut::<TAG_LEN>().ok_or(Misbehaved::BadRecordMac)?;
        let nonce = match <[u8; EXPLICIT_NONCE]>::try_from(&*prefix) {
            Ok(explicit) => self.nonce(explicit),
            Err(_) => self.nonce(sequence.to_be_bytes()),
        };
        let aad = additional_data(sequence, content_type, text.len())?;
        match &self.cipher {
            #[cfg(feature = "aes128-gcm")]
            Cipher::Aes128Gcm(aead) => aead.open(&nonce, &aad, text, tag)?,
            #[cfg(feature = "aes256-gcm")]
            Cipher::Aes256Gcm(aead) => aead.open(&nonce, &aad, text, tag)?,
            #[cfg(feature = "chacha20-poly1305")]
            Cipher::ChaCha20Poly1305(aead) => aead.open(&nonce, &aad, text, tag)?,
        }
        self.sequence = sequence.checked_add(1);
        Ok((content_type, prefix_len..prefix_len + text.len()))
    }

    /// The IV with the last eight bytes combined with `varying`: GCM's zeros become the explicit nonce,
    /// ChaCha20-Poly1305's IV is XORed with the sequence number (RFC 7905 section 2).
    fn nonce(&self, varying: [u8; 8]) -> [u8; NONCE_LEN] {
        let mut nonce = self.iv;
        for (byte, varying) in nonce.iter_mut().skip(SALT).zip(varying) {
            *byte ^= varying;
        }
        nonce
    }
}

/// `seq_num + TLSCompressed.type + TLSCompressed.version + TLSCompressed.length` (RFC 5246 section 6.2.3.3).
fn additional_data(sequence: u64, content_type: ContentType, text_len: usize) -> Result<[u8; 13], Error> {
    let [s0, s1, s2, s3, s4, s5, s6, s7] = sequence.to_be_bytes();
    let [v0, v1] = ProtocolVersion::TLS12.0.to_be_bytes();
    let [l0, l1] = u16::try_from(text_len).map_err(|_| Misbehaved::RecordOverflow)?.to_be_bytes();
    Ok([s0, s1, s2, s3, s4, s5, s6, s7, content_type.0, v0, v1, l0, l1])
}
