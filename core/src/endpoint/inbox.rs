//! Where frames are put together from the stream.

use super::Error;
use crate::agent::{CheckCrc, Frame, FrameHeader, MessageError};
use crate::wire::move_within;

pub(super) struct Inbox<'b> {
    bytes: &'b mut [u8],
    len: usize,
    /// Length of the frame at the front that the host has been given.
    delivered: usize,
    check: CheckCrc,
}

impl<'b> Inbox<'b> {
    pub(super) const fn new(bytes: &'b mut [u8], check: CheckCrc) -> Self {
        Self { bytes, len: 0, delivered: 0, check }
    }

    pub(super) const fn into_bytes(self) -> &'b mut [u8] {
        self.bytes
    }

    pub(super) const fn set_check(&mut self, check: CheckCrc) {
        self.check = check;
    }

    /// Takes bytes of the stream, as many as there is room for.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let free = self.bytes.get_mut(self.len..).unwrap_or_default();
        let n = bytes.len().min(free.len());
        if n == 0 {
            return Err(Error::InboxTooSmall);
        }
        for (to, from) in free.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.len += n;
        Ok(n)
    }

    /// Whether it holds nothing but what the host has been given.
    pub(super) const fn is_empty(&self) -> bool {
        self.len == self.delivered
    }

    /// The header of the frame at the front, once that frame has come whole.
    pub(super) fn complete(&self) -> Result<Option<FrameHeader>, Error> {
        let Some(header) = FrameHeader::parse(self.bytes.get(..self.len).unwrap_or_default())? else {
            return Ok(None);
        };
        if header.frame_len() > self.bytes.len() {
            return Err(Error::InboxTooSmall);
        }
        Ok((header.frame_len() <= self.len).then_some(header))
    }

    /// The frame of `header`; it stays until [`Self::drop_delivered`].
    pub(super) fn deliver(&mut self, header: FrameHeader) -> Result<Frame<'_>, MessageError> {
        self.delivered = header.frame_len();
        let body = self.bytes.get(FrameHeader::LEN..self.delivered).unwrap_or_default();
        header.frame(body, self.check)
    }

    pub(super) fn drop_delivered(&mut self) {
        self.len = move_within(self.bytes, self.delivered..self.len, 0).len();
        self.delivered = 0;
    }
}
