//! The send side: records are built and sealed in the caller's buffer, and drained from it.

use core::ops::Range;

use super::RECORD_VERSION;
use super::protection::Protection;
use crate::crypto::Provider;
use crate::tls::alert::AlertLevel;
use crate::tls::codes::{AlertDescription, ContentType};
use crate::tls::data::DataSink;
use crate::tls::error::Error;
use crate::tls::fragment::{NO_SEND_LIMIT, SendLimit};
use crate::tls::limits::{MAX_AEAD_OVERHEAD, RECORD_HEADER};
use crate::wire::{BufferFull, Writer, move_within};

/// Space that is kept free until the session ends, so that its last alert always fits.
const LAST_ALERT: usize = RECORD_HEADER + MAX_AEAD_OVERHEAD + 2;

/// Writes the plaintext of a record or a message. Not a type parameter, since each message would then
/// instantiate the record layer again.
pub(crate) type Fill<'f> = &'f mut dyn FnMut(&mut Writer<'_>) -> Result<(), BufferFull>;

/// The caller's send buffer: `filled` holds sealed records that the transport has not accepted yet.
pub(crate) struct SendBuffer<'b, P: Provider> {
    bytes: &'b mut [u8],
    filled: Range<usize>,
    /// The cipher of this direction, once the keys are in use.
    pub(crate) protection: Option<Protection<P>>,
    /// Longest plaintext of a record that the peer accepts.
    pub(crate) max_fragment: SendLimit,
    reserve: usize,
}

impl<'b, P: Provider> SendBuffer<'b, P> {
    pub(crate) const fn new(bytes: &'b mut [u8]) -> Self {
        Self { bytes, filled: 0..0, protection: None, max_fragment: NO_SEND_LIMIT, reserve: LAST_ALERT }
    }

    pub(crate) fn into_bytes(self) -> &'b mut [u8] {
        self.bytes
    }

    /// The bytes waiting for the transport.
    pub(crate) fn filled(&self) -> &[u8] {
        self.bytes.get(self.filled.clone()).unwrap_or_default()
    }

    /// Records that the transport has accepted `n` bytes.
    pub(crate) fn drained(&mut self, n: usize) {
        self.filled.start = self.filled.start.saturating_add(n).min(self.filled.end);
        if self.filled.is_empty() {
            self.filled = 0..0;
        }
    }

    /// How long the plaintext of one more record may be; zero when not even an empty one fits.
    pub(crate) fn room(&self) -> usize {
        self.free().min(self.max_fragment.get())
    }

    /// How long an unprotected message may be for [`Self::message`] to split it into records.
    pub(crate) fn message_room(&self) -> usize {
        let records = self.free().div_ceil(self.max_fragment.get()).max(1);
        self.free().saturating_sub((records - 1) * RECORD_HEADER)
    }

    /// Seals what `fill` writes, in as many records as the peer's limit requires. When there is no room for
    /// all of it, nothing is queued, and the error is [`Error::SendBufferTooSmall`].
    #[inline(never)]
    pub(crate) fn message(&mut self, content_type: ContentType, fill: Fill<'_>) -> Result<(), Error> {
        self.compact();
        let prefix = RECORD_HEADER + self.protection.as_ref().map_or(0, Protection::prefix_len);
        let overhead = RECORD_HEADER + self.overhead();
        let free = self.bytes.get_mut(self.filled.end..).ok_or(Error::Bug)?;
        let end = free.len().saturating_sub(self.reserve);
        let text = prefix..end.saturating_sub(overhead - prefix);
        let mut writer = Writer::new(free.get_mut(text).ok_or(Error::SendBufferTooSmall)?);
        fill(&mut writer)?;
        let len = writer.len();
        let max_fragment = self.max_fragment.get();
        let records = len.div_ceil(max_fragment).max(1);
        if len + records * overhead > end {
            return Err(Error::SendBufferTooSmall);
        }
        // Fragments are moved apart, the last one first, to make room for each one's header, nonce and tag.
        for index in (1..records).rev() {
            let from = index * max_fragment;
            let fragment = prefix + from..prefix + len.min(from + max_fragment);
            move_within(free, fragment, prefix + from + index * overhead);
        }
        let mut rest = free;
        for index in 0..records {
            let body_len = max_fragment.min(len - index * max_fragment) + overhead - RECORD_HEADER;
            let (header, behind) = rest.split_at_mut_checked(RECORD_HEADER).ok_or(Error::Bug)?;
            let (body, behind) = behind.split_at_mut_checked(body_len).ok_or(Error::Bug)?;
            if let Some(protection) = &mut self.protection {
                protection.seal(content_type, body)?;
            }
            write_header(header, content_type, body_len)?;
            rest = behind;
        }
        self.filled.end += len + records * overhead;
        Ok(())
    }

    /// Queues an alert, if there is room for one.
    pub(crate) fn alert(&mut self, level: AlertLevel, description: AlertDescription) -> Result<(), Error> {
        if self.room() < 2 {
            return Ok(());
        }
        self.message(ContentType::ALERT, &mut |w| {
            w.u8(level.code())?;
            w.u8(description.0)
        })
    }

    /// Queues the session's last record, for which space was always kept free.
    pub(crate) fn last_alert(
        &mut self,
        level: AlertLevel,
        description: AlertDescription,
    ) -> Result<(), Error> {
        self.reserve = 0;
        self.alert(level, description)
    }

    /// The free space after a header, minus what sealing adds and what the last alert needs.
    fn free(&self) -> usize {
        let free = self.bytes.len() - self.filled.len();
        free.saturating_sub(self.reserve + RECORD_HEADER + self.overhead())
    }

    fn overhead(&self) -> usize {
        self.protection.as_ref().map_or(0, Protection::overhead)
    }

    fn compact(&mut self) {
        if self.filled.start > 0 {
            self.filled = move_within(self.bytes, self.filled.clone(), 0);
        }
    }
}

impl<P: Provider> DataSink for SendBuffer<'_, P> {
    fn send(&mut self, fill: Fill<'_>) -> Result<(), Error> {
        self.message(ContentType::APPLICATION_DATA, fill)
    }
}

fn write_header(header: &mut [u8], content_type: ContentType, body_len: usize) -> Result<(), Error> {
    let mut w = Writer::new(header);
    w.u8(content_type.0)?;
    w.u16(RECORD_VERSION)?;
    w.u16(u16::try_from(body_len).map_err(|_| Error::Bug)?)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{vec, vec::Vec};

    use super::*;
    use crate::crypto::rustcrypto::RustCrypto;
    use crate::tls::suite::BulkCipher;

    fn buffer(bytes: &mut [u8], max_fragment: usize) -> SendBuffer<'_, RustCrypto> {
        let mut buffer = SendBuffer::new(bytes);
        buffer.max_fragment = SendLimit::new(max_fragment).unwrap();
        buffer
    }

    /// The bodies of the handshake records in `stream`.
    fn bodies(mut stream: &[u8]) -> Vec<&[u8]> {
        let mut bodies = Vec::new();
        while let [22, 3, 3, high, low, rest @ ..] = stream {
            let (body, next) = rest.split_at(usize::from(u16::from_be_bytes([*high, *low])));
            bodies.push(body);
            stream = next;
        }
        assert!(stream.is_empty());
        bodies
    }

    #[test]
    fn a_message_is_cut_at_the_limit_and_joins_to_what_it_was() {
        let message: Vec<u8> = (0..1600).map(|n| (n % 251) as u8).collect();
        for len in [4, 511, 512, 513, 1024, 1025, 1600] {
            let message = &message[..len];
            let needed = len + len.div_ceil(512) * RECORD_HEADER + LAST_ALERT;
            let mut memory = vec![0; needed];
            let mut send = buffer(&mut memory, 512);
            assert!(send.message(ContentType::HANDSHAKE, &mut |w| w.bytes(message)).is_ok(), "{len}");
            let records = bodies(send.filled());
            assert!(records.iter().rev().skip(1).all(|body| body.len() == 512), "{len}");
            assert_eq!(records.concat(), message, "{len}");

            let mut memory = vec![0; needed - 1];
            let refused = buffer(&mut memory, 512).message(ContentType::HANDSHAKE, &mut |w| w.bytes(message));
            assert_eq!(refused, Err(Error::SendBufferTooSmall), "{len}");
        }
    }

    #[test]
    fn sealed_messages_are_cut_too_and_open_to_what_they_were() {
        let message: Vec<u8> = (0..1600).map(|n| (n % 251) as u8).collect();
        for (cipher, key, iv) in [
            (BulkCipher::Aes128Gcm, &[1; 16][..], &[2; 4][..]),
            (BulkCipher::ChaCha20Poly1305, &[1; 32], &[2; 12]),
        ] {
            let protection = || Protection::new(cipher, key, iv).unwrap();
            let overhead = RECORD_HEADER + protection().overhead();
            for len in [0, 1, 511, 512, 513, 1024, 1025, 1600] {
                let message = &message[..len];
                let needed = len + len.div_ceil(512).max(1) * overhead + LAST_ALERT;
                let mut memory = vec![0; needed];
                let mut send = buffer(&mut memory, 512);
                send.protection = Some(protection());
                send.message(ContentType::HANDSHAKE, &mut |w| w.bytes(message)).unwrap();
                let (mut opener, mut opened) = (protection(), Vec::new());
                for mut body in bodies(send.filled()).into_iter().map(<[u8]>::to_vec) {
                    let (kind, text) = opener.open(ContentType::HANDSHAKE, &mut body).unwrap();
                    assert_eq!(kind, ContentType::HANDSHAKE);
                    opened.extend_from_slice(&body[text]);
                }
                assert_eq!(opened, message, "{cipher:?} {len}");

                let mut memory = vec![0; needed - 1];
                let mut send = buffer(&mut memory, 512);
                send.protection = Some(protection());
                let refused = send.message(ContentType::HANDSHAKE, &mut |w| w.bytes(message));
                assert_eq!(refused, Err(Error::SendBufferTooSmall), "{cipher:?} {len}");
                assert!(send.filled().is_empty());
            }
        }
    }

    #[test]
    fn a_message_as_long_as_the_room_for_one_fits_and_of_one_record_none_longer() {
        let message = [7; 1400];
        for len in 768..1400 {
            let mut memory = vec![0; len];
            for max_fragment in [512, 16_384] {
                let room = buffer(&mut memory, max_fragment).message_room();
                let mut fits = |n: usize| {
                    buffer(&mut memory, max_fragment)
                        .message(ContentType::HANDSHAKE, &mut |w| w.bytes(&message[..n]))
                        .is_ok()
                };
                assert!(fits(room), "{room} of {len}");
                assert!(max_fragment < len || !fits(room + 1), "{room} of {len}");
            }
        }
    }

    #[test]
    fn the_last_alert_finds_its_room_in_a_full_buffer_and_no_other_does() {
        for (cipher, key, iv) in [
            (BulkCipher::Aes128Gcm, &[1; 16][..], &[2; 4][..]),
            (BulkCipher::ChaCha20Poly1305, &[1; 32], &[2; 12]),
        ] {
            let mut memory = [0; 800];
            let mut send = buffer(&mut memory, 16_384);
            send.protection = Protection::new(cipher, key, iv);
            let room = send.room();
            send.message(ContentType::APPLICATION_DATA, &mut |w| w.bytes(&[3; 800][..room])).unwrap();
            assert_eq!(send.room(), 0);
            let full = send.filled().len();
            send.alert(AlertLevel::Warning, AlertDescription::NO_RENEGOTIATION).unwrap();
            assert_eq!(send.filled().len(), full);
            send.last_alert(AlertLevel::Warning, AlertDescription::CLOSE_NOTIFY).unwrap();
            let alert = &send.filled()[full..];
            let overhead = send.protection.as_ref().unwrap().overhead();
            assert_eq!((alert[0], alert.len()), (21, RECORD_HEADER + overhead + 2), "{cipher:?}");
        }
    }
}
