//! Sealing and opening of records (RFC 5246 section 6.2.3.3, RFC 5288 section 3, RFC 7905 section 2).

use core::ops::Range;

use crate::crypto::{NONCE_LEN, Provider, TAG_LEN};
use crate::tls::codes::{ContentType, ProtocolVersion};
use crate::tls::error::{Error, Misbehaved};
use crate::tls::suite::{BulkCipher, Cipher};
use crate::wire::copy_front;

/// Length of the part of the nonce that differs from record to record.
const VARYING: usize = 8;

/// The cipher of one direction with its nonce and sequence number.
pub(crate) struct Protection<P: Provider> {
    cipher: Cipher<P>,
    /// GCM: the salt, then zeros. ChaCha20-Poly1305: the whole IV.
    iv: [u8; NONCE_LEN],
    /// Sequence number of the next record; `None` after the last has been used (RFC 5246 section 6.1).
    sequence: Option<u64>,
}

impl<P: Provider> Protection<P> {
    /// The cipher that `bulk_cipher` names, with its part of the key block; `None` if a length is wrong.
    pub(crate) fn new(bulk_cipher: BulkCipher, key: &[u8], fixed_iv: &[u8]) -> Option<Self> {
        let cipher = Cipher::new(bulk_cipher, key)?;
        if fixed_iv.len() != cipher.profile().fixed_iv {
            return None;
        }
        let mut iv = [0; NONCE_LEN];
        copy_front(&mut iv, fixed_iv);
        Some(Self { cipher, iv, sequence: Some(0) })
    }

    /// The number of bytes before the ciphertext.
    pub(crate) const fn prefix_len(&self) -> usize {
        self.cipher.profile().explicit_nonce
    }

    /// The number of bytes that sealing adds to a record.
    pub(crate) const fn overhead(&self) -> usize {
        self.prefix_len() + TAG_LEN
    }

    /// Seals the body of a record in place: `body` is space for the prefix, the plaintext, and space for the
    /// tag.
    pub(crate) fn seal(&mut self, content_type: ContentType, body: &mut [u8]) -> Result<(), Error> {
        let sequence = self.sequence.ok_or(Misbehaved::RecordSequence)?;
        let (prefix, rest) = body.split_at_mut_checked(self.prefix_len()).ok_or(Error::Bug)?;
        let (text, tag) = rest.split_last_chunk_mut::<TAG_LEN>().ok_or(Error::Bug)?;
        // The sequence number serves as the explicit nonce: it never repeats under one key (RFC 5288 section
        // 3).
        prefix.copy_from_slice(sequence.to_be_bytes().get(..prefix.len()).ok_or(Error::Bug)?);
        let nonce = self.nonce(sequence.to_be_bytes());
        let aad = additional_data(sequence, content_type, text.len())?;
        *tag = self.cipher.seal(&nonce, &aad, text)?;
        self.sequence = sequence.checked_add(1);
        Ok(())
    }

    /// Opens the body of a record in place; returns the type of the plaintext, and where in the body it is.
    /// In TLS 1.2 the type is the one in the record's header.
    pub(crate) fn open(
        &mut self,
        content_type: ContentType,
        body: &mut [u8],
    ) -> Result<(ContentType, Range<usize>), Error> {
        let sequence = self.sequence.ok_or(Misbehaved::RecordSequence)?;
        let prefix_len = self.prefix_len();
        // Too short for nonce and tag: treated as an authentication failure.
        let (prefix, rest) = body.split_at_mut_checked(prefix_len).ok_or(Misbehaved::BadRecordMac)?;
        let (text, tag) = rest.split_last_chunk_mut::<TAG_LEN>().ok_or(Misbehaved::BadRecordMac)?;
        let nonce = match <[u8; VARYING]>::try_from(&*prefix) {
            Ok(explicit) => self.nonce(explicit),
            Err(_) => self.nonce(sequence.to_be_bytes()),
        };
        let aad = additional_data(sequence, content_type, text.len())?;
        self.cipher.open(&nonce, &aad, text, tag)?;
        self.sequence = sequence.checked_add(1);
        Ok((content_type, prefix_len..prefix_len + text.len()))
    }

    /// The IV with the last eight bytes combined with `varying`: GCM's zeros become the explicit nonce,
    /// ChaCha20-Poly1305's IV is XORed with the sequence number (RFC 7905 section 2).
    fn nonce(&self, varying: [u8; VARYING]) -> [u8; NONCE_LEN] {
        let mut nonce = self.iv;
        for (byte, varying) in nonce.iter_mut().skip(NONCE_LEN - VARYING).zip(varying) {
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
