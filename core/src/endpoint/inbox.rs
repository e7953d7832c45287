//! Where a message that spans records is assembled.

use super::Error;
use crate::agent::FrameHeader;
use crate::wire::copy_front;

/// Memory for one message. A slice has a fixed size; a host with an allocator can provide one that grows, up
/// to [`crate::agent::MAX_MESSAGE`] bytes.
pub trait Room {
    /// The memory.
    fn bytes(&self) -> &[u8];

    /// At least `len` bytes of the memory, beginning with those of [`Self::bytes`]. `None` if there are
    /// fewer.
    fn reserve(&mut self, len: usize) -> Option<&mut [u8]>;

    /// Called when the message has been handled and the memory is no longer needed.
    fn release(&mut self) {}
}

impl Room for &mut [u8] {
    fn bytes(&self) -> &[u8] {
        self
    }

    fn reserve(&mut self, len: usize) -> Option<&mut [u8]> {
        self.get_mut(..len)
    }
}

/// The message that is being assembled, or has been assembled.
pub(super) struct Inbox<I> {
    room: I,
    len: usize,
}

impl<I: Room> Inbox<I> {
    pub(super) const fn new(room: I) -> Self {
        Self { room, len: 0 }
    }

    pub(super) fn into_room(self) -> I {
        self.room
    }

    /// The bytes assembled so far.
    pub(super) fn bytes(&self) -> &[u8] {
        self.room.bytes().get(..self.len).unwrap_or_default()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn clear(&mut self) {
        self.room.release();
        self.len = 0;
    }

    /// The header of the message, once the message is complete.
    pub(super) fn complete(&self) -> Result<Option<FrameHeader>, Error> {
        Ok(FrameHeader::parse(self.bytes())?.filter(|header| header.frame_len() == self.len))
    }

    /// Looks at `bytes`, the next bytes of the stream. If they contain a complete message, it is left there.
    /// Otherwise, the missing part of the message is copied.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<Taken, Error> {
        let is_empty = self.is_empty();
        let header = FrameHeader::parse(if is_empty { bytes } else { self.bytes() })?;
        let whole = header.map_or(FrameHeader::LEN, |header| header.frame_len());
        if let Some(header) = header
            && is_empty
            && whole <= bytes.len()
        {
            return Ok(Taken::Whole(header));
        }
        let room = self.room.reserve(whole).ok_or(Error::InboxTooSmall)?;
        let n = copy_front(room.get_mut(self.len..whole).unwrap_or_default(), bytes);
        self.len += n;
        Ok(Taken::Gathered(n))
    }
}

/// What [`Inbox::take`] found.
pub(super) enum Taken {
    /// There is a complete message at the front.
    Whole(FrameHeader),
    /// This many bytes from the front are in the inbox now.
    Gathered(usize),
}
