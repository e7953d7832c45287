//! Where messages wait until the transport has room for them.

use core::ops::Range;

use crate::agent::{CheckCrc, Message, emit};
use crate::wire::BufferFull;

pub(super) struct Outbox<'b> {
    bytes: &'b mut [u8],
    waiting: Range<usize>,
    check: CheckCrc,
}

impl<'b> Outbox<'b> {
    pub(super) const fn new(bytes: &'b mut [u8], check: CheckCrc) -> Self {
        Self { bytes, waiting: 0..0, check }
    }

    pub(super) fn into_bytes(self) -> &'b mut [u8] {
        self.bytes
    }

    /// Counts for what is pushed from now on.
    pub(super) const fn set_check(&mut self, check: CheckCrc) {
        self.check = check;
    }

    pub(super) fn push<'m, M: Message<'m>>(
        &mut self,
        message: &M,
        correlation: u32,
    ) -> Result<(), BufferFull> {
        Reply::new(self, correlation).send(message)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.waiting.start == self.waiting.end
    }

    /// Drops what waits.
    pub(super) fn clear(&mut self) {
        self.waiting = 0..0;
    }

    /// Hands what waits to `write`, which says how much of it was taken.
    pub(super) fn drain<E>(&mut self, write: impl FnOnce(&[u8]) -> Result<usize, E>) -> Result<(), E> {
        if self.is_empty() {
            return Ok(());
        }
        self.waiting.start += write(self.bytes.get(self.waiting.clone()).unwrap_or_default())?;
        if self.waiting.is_empty() {
            self.waiting = 0..0;
        }
        Ok(())
    }
}

/// The way back to the sender of a message.
pub struct Reply<'s> {
    bytes: &'s mut [u8],
    end: &'s mut usize,
    check: CheckCrc,
    correlation: u32,
}

impl<'s> Reply<'s> {
    pub(super) const fn new(outbox: &'s mut Outbox<'_>, correlation: u32) -> Self {
        let Outbox { bytes, waiting, check } = outbox;
        Self { bytes, end: &mut waiting.end, check: *check, correlation }
    }

    /// Queues the answer, under the number that the peer gave its message.
    ///
    /// # Errors
    /// [`BufferFull`] when the outbox has no room for it.
    pub fn send<'m, M: Message<'m>>(self, message: &M) -> Result<(), BufferFull> {
        let free = self.bytes.get_mut(*self.end..).ok_or(BufferFull)?;
        *self.end += emit(message, self.correlation, self.check, free)?;
        Ok(())
    }
}
