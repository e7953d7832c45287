//! The receive side: bytes from the transport in the caller's buffer, with records opened in place.

use core::ops::Range;

use super::RECORD_VERSION;
use super::protection::Protection;
use crate::crypto::Provider;
use crate::tls::AppData;
use crate::tls::codes::ContentType;
use crate::tls::error::{Error, FromPeer, Misbehaved};
use crate::tls::limits::{MAX_AEAD_OVERHEAD, MAX_FRAGMENT, RECORD_HEADER};
use crate::tls::message::Handshake;
use crate::wire::move_within;

/// The caller's receive buffer.
///
/// ```text
///   0 <= opened.start <= opened.end <= raw.start <= raw.end <= bytes.len()
///        |-- opened --------------|    |-- raw -----------|-- free ------|
/// ```
/// `opened` holds plaintext that has not been taken yet: application data, or handshake messages, the last of
/// which may be incomplete. `raw` holds bytes from the transport that are still sealed. Plaintext is used
/// where it was opened; it is moved only to join a handshake message that spans records.
pub(crate) struct RecvBuffer<'b> {
    bytes: &'b mut [u8],
    opened: Plaintext,
    raw: Range<usize>,
}

/// Where the plaintext is, and what kind it is.
enum Plaintext {
    Handshake(Range<usize>),
    Data(Range<usize>),
}

impl Plaintext {
    const NONE: Self = Self::Handshake(0..0);

    const fn range(&self) -> &Range<usize> {
        match self {
            Self::Handshake(range) | Self::Data(range) => range,
        }
    }

    const fn range_mut(&mut self) -> &mut Range<usize> {
        match self {
            Self::Handshake(range) | Self::Data(range) => range,
        }
    }

    fn is_empty(&self) -> bool {
        self.range().is_empty()
    }
}

/// How the peer's records are opened.
pub(crate) struct Opener<P: Provider> {
    /// The cipher, once the peer's keys are in use.
    pub(crate) protection: Option<Protection<P>>,
    /// Longest plaintext that the peer may send in a record.
    pub(crate) max_fragment: usize,
    /// Longest plaintext of a sealed record that the receive buffer holds.
    pub(crate) capacity: usize,
}

impl<P: Provider> Opener<P> {
    /// For unprotected records, with a receive buffer of `buffer_len` bytes.
    pub(crate) fn new(buffer_len: usize) -> Self {
        let capacity = buffer_len.saturating_sub(RECORD_HEADER + MAX_AEAD_OVERHEAD).min(MAX_FRAGMENT);
        Self { protection: None, max_fragment: MAX_FRAGMENT, capacity }
    }
}

/// The opened content of a record.
pub(crate) enum Opened<'r> {
    /// Handshake bytes, joined to those before them; see [`RecvBuffer::handshake`].
    Handshake,
    /// Application data; see [`RecvBuffer::data`].
    Data,
    /// The body of an alert.
    Alert(&'r [u8]),
    /// The body of a ChangeCipherSpec.
    ChangeCipherSpec(&'r [u8]),
    /// No content at all, in a record for handshake messages or application data.
    Empty(ContentType),
}

impl<'b> RecvBuffer<'b> {
    pub(crate) const fn new(bytes: &'b mut [u8]) -> Self {
        Self { bytes, opened: Plaintext::NONE, raw: 0..0 }
    }

    pub(crate) const fn into_bytes(self) -> &'b mut [u8] {
        self.bytes
    }

    /// Space for bytes from the transport. What is left of an earlier record is moved to the front only when
    /// the next record would not fit after it.
    pub(crate) fn free(&mut self) -> &mut [u8] {
        if self.opened.is_empty() && self.raw.is_empty() {
            self.opened = Plaintext::NONE;
            self.raw = 0..0;
        } else if self.missing() > self.bytes.len() - self.raw.end {
            self.compact();
        }
        self.bytes.get_mut(self.raw.end..).unwrap_or_default()
    }

    /// Records that `n` bytes have been written to the front of [`Self::free`].
    pub(crate) fn filled(&mut self, n: usize) {
        self.raw.end = self.raw.end.saturating_add(n).min(self.bytes.len());
    }

    /// The plaintext of handshake records that has not been taken.
    pub(crate) fn handshake(&self) -> &[u8] {
        match &self.opened {
            Plaintext::Handshake(range) => self.bytes.get(range.clone()).unwrap_or_default(),
            Plaintext::Data(_) => &[],
        }
    }

    /// The application data that has not been taken, if there is any.
    pub(crate) fn data(&mut self) -> Option<AppData<'_>> {
        let Plaintext::Data(range) = &mut self.opened else { return None };
        let bytes = self.bytes.get_mut(range.clone()).filter(|bytes| !bytes.is_empty())?;
        Some(AppData::new(bytes, &mut range.start))
    }

    pub(crate) const fn has_input(&self) -> bool {
        let opened = self.opened.range();
        opened.start < opened.end || self.raw.start < self.raw.end
    }

    pub(crate) fn has_data(&self) -> bool {
        matches!(&self.opened, Plaintext::Data(range) if !range.is_empty())
    }

    /// Marks `n` bytes of [`Self::handshake`] as consumed.
    pub(crate) fn take(&mut self, n: usize) {
        let opened = self.opened.range_mut();
        opened.start = opened.start.saturating_add(n).min(opened.end);
    }

    /// Opens the next record, if it is complete.
    pub(crate) fn open_record<P: Provider>(
        &mut self,
        opener: &mut Opener<P>,
    ) -> Result<Option<Opened<'_>>, Error> {
        let Some((content_type, version, len)) = self.header()? else { return Ok(None) };
        if content_type.name().is_none() {
            return Err(Error::Unexpected {
                expected: FromPeer::Nothing,
                got: FromPeer::Record(content_type),
            });
        }
        // Before there are keys, the minor version differs from peer to peer; after that it is fixed.
        if opener.protection.is_some() && version != RECORD_VERSION {
            return Err(Misbehaved::RecordVersion.into());
        }
        let overhead = opener.protection.as_ref().map_or(0, Protection::overhead);
        if len > opener.max_fragment + overhead {
            return Err(Misbehaved::RecordOverflow.into());
        }
        let body = self.raw.start + RECORD_HEADER..self.raw.start + RECORD_HEADER + len;
        if body.end > self.raw.end {
            let needed = self.opened.range().len() + RECORD_HEADER + len;
            if needed > self.bytes.len() {
                let message = Handshake::len_of(self.handshake()).unwrap_or_default();
                return Err(Error::recv_buffer_too_small(needed.max(message + RECORD_HEADER)));
            }
            return Ok(None);
        }
        let record = self.bytes.get_mut(body.clone()).ok_or(Error::Bug)?;
        // From here on the type is that of the content, which the protection may have hidden.
        let (content_type, text) = match &mut opener.protection {
            Some(protection) => protection.open(content_type, record)?,
            None => (content_type, 0..len),
        };
        self.raw.start = body.end;
        let text = body.start + text.start..body.start + text.end;
        // Messages must not be interleaved with another type of content (RFC 5246 section 6.2.1); an alert
        // may end the session at any time.
        if !self.opened.is_empty() && !matches!(content_type, ContentType::HANDSHAKE | ContentType::ALERT) {
            let got = match content_type {
                ContentType::CHANGE_CIPHER_SPEC => FromPeer::ChangeCipherSpec,
                _ => FromPeer::ApplicationData,
            };
            return Err(Error::Unexpected { expected: FromPeer::RestOfMessage, got });
        }
        if text.is_empty() && matches!(content_type, ContentType::HANDSHAKE | ContentType::APPLICATION_DATA) {
            return Ok(Some(Opened::Empty(content_type)));
        }
        Ok(Some(match content_type {
            ContentType::HANDSHAKE => {
                self.join(text);
                Opened::Handshake
            }
            ContentType::APPLICATION_DATA => {
                self.opened = Plaintext::Data(text);
                Opened::Data
            }
            ContentType::ALERT => Opened::Alert(self.bytes.get(text).ok_or(Error::Bug)?),
            _ => Opened::ChangeCipherSpec(self.bytes.get(text).ok_or(Error::Bug)?),
        }))
    }

    /// Type, version and length of the record at the front of `raw`, once its header is complete.
    fn header(&self) -> Result<Option<(ContentType, u16, usize)>, Error> {
        let raw = self.bytes.get(self.raw.clone()).unwrap_or_default();
        let Some(&[content_type, major, minor, l0, l1]) = raw.first_chunk::<RECORD_HEADER>() else {
            return Ok(None);
        };
        // The minor version of a first record differs from peer to peer (RFC 5246 appendix E.1); a major
        // version other than 3 is not TLS at all: SSL 2, HTTP, or noise.
        if major != 3 {
            return Err(Misbehaved::NotTls.into());
        }
        let version = u16::from_be_bytes([major, minor]);
        Ok(Some((ContentType(content_type), version, usize::from(u16::from_be_bytes([l0, l1])))))
    }

    /// How many bytes the record at the front of `raw` still lacks.
    fn missing(&self) -> usize {
        let whole = match self.header() {
            Ok(Some((_, _, len))) => RECORD_HEADER + len,
            _ => RECORD_HEADER,
        };
        // Even a complete record leaves room for one byte, so that 0 bytes are never requested from the
        // transport.
        whole.saturating_sub(self.raw.len()).max(1)
    }

    fn compact(&mut self) {
        let opened = self.opened.range_mut();
        *opened = move_within(self.bytes, opened.clone(), 0);
        self.raw = move_within(self.bytes, self.raw.clone(), opened.end);
    }

    /// Appends the handshake bytes at `text` to those already waiting.
    fn join(&mut self, text: Range<usize>) {
        self.opened = Plaintext::Handshake(match self.opened.range() {
            waiting if waiting.is_empty() => text,
            waiting => waiting.start..move_within(self.bytes, text, waiting.end).end,
        });
    }
}
