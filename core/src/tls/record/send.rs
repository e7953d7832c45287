//! The send side: records are built and sealed in the caller's buffer, and drained from it.

use core::ops::Range;

use super::{ContentType, Protection, VERSION};
use crate::crypto::Provider;
use crate::tls::alert::{AlertDescription, AlertLevel};
use crate::tls::error::Error;
use crate::tls::limits::{MAX_AEAD_OVERHEAD, MAX_FRAGMENT, RECORD_HEADER};
use crate::wire::{BufferFull, Writer};

/// Room that is kept free until the session ends, so that its last alert always finds a place.
const LAST_ALERT: usize = RECORD_HEADER + MAX_AEAD_OVERHEAD + 2;

/// The caller's send buffer: sealed records that the transport has not taken yet stand in `filled`.
pub(crate) struct SendBuffer<'b, P: Provider> {
    bytes: &'b mut [u8],
    filled: Range<usize>,
    /// The cipher of this direction, once the keys are in use.
    pub(crate) protection: Option<Protection<P>>,
    reserve: usize,
}

impl<'b, P: Provider> SendBuffer<'b, P> {
    pub(crate) const fn new(bytes: &'b mut [u8]) -> Self {
        Self { bytes, filled: 0..0, protection: None, reserve: LAST_ALERT }
    }

    /// What waits for the transport.
    pub(crate) fn filled(&self) -> &[u8] {
        self.bytes.get(self.filled.clone()).unwrap_or_default()
    }

    /// The transport has taken `n` bytes.
    pub(crate) fn drained(&mut self, n: usize) {
        self.filled.start = self.filled.start.saturating_add(n).min(self.filled.end);
        if self.filled.is_empty() {
            self.filled = 0..0;
        }
    }

    /// How long the plaintext of one more record may be; zero when not even an empty one fits.
    pub(crate) fn room(&self) -> usize {
        let free = self.bytes.len() - self.filled.len();
        free.saturating_sub(self.reserve + RECORD_HEADER + self.overhead()).min(MAX_FRAGMENT)
    }

    /// Seals one record whose plaintext `fill` writes; it must be no longer than [`Self::room`].
    pub(crate) fn record(
        &mut self,
        content_type: ContentType,
        fill: impl FnOnce(&mut Writer<'_>) -> Result<(), BufferFull>,
    ) -> Result<(), Error> {
        let room = self.room();
        self.compact();
        let start = self.filled.end;
        let text = start + RECORD_HEADER + self.protection.as_ref().map_or(0, Protection::prefix_len);
        let mut writer = Writer::new(self.bytes.get_mut(text..text + room).ok_or(Error::SendBufferTooSmall)?);
        fill(&mut writer)?;
        let body_len = writer.len() + self.overhead();
        let record =
            self.bytes.get_mut(start..start + RECORD_HEADER + body_len).ok_or(Error::SendBufferTooSmall)?;
        let (header, body) = record.split_at_mut_checked(RECORD_HEADER).ok_or(Error::Bug)?;
        if let Some(protection) = &mut self.protection {
            protection.seal(content_type, body)?;
        }
        let mut header = Writer::new(header);
        header.u8(content_type.0)?;
        header.u16(VERSION)?;
        header.u16(u16::try_from(body_len).map_err(|_| Error::Bug)?)?;
        self.filled.end = start + RECORD_HEADER + body_len;
        Ok(())
    }

    /// Queues an alert, if there is room for one.
    pub(crate) fn alert(&mut self, level: AlertLevel, description: AlertDescription) -> Result<(), Error> {
        if self.room() < 2 {
            return Ok(());
        }
        self.record(ContentType::ALERT, |w| {
            w.u8(level.code())?;
            w.u8(description.0)
        })
    }

    /// Queues the session's last record, for which room was kept all the time.
    pub(crate) fn last_alert(
        &mut self,
        level: AlertLevel,
        description: AlertDescription,
    ) -> Result<(), Error> {
        self.reserve = 0;
        self.alert(level, description)
    }

    fn overhead(&self) -> usize {
        self.protection.as_ref().map_or(0, Protection::overhead)
    }

    fn compact(&mut self) {
        if self.filled.start > 0 {
            let len = self.filled.len();
            self.bytes.copy_within(self.filled.clone(), 0);
            self.filled = 0..len;
        }
    }
}
