//! Sending messages: they are written directly into the buffer that they are sent from.

use crate::agent::{self, CheckCrc, Message};
use crate::tls::{DataWriter, Error, Misuse};
use crate::wire::BufferFull;

/// A way to answer the sender of a message.
pub struct Reply<'s> {
    writer: DataWriter<'s>,
    correlation: u32,
    check: CheckCrc,
}

impl<'s> Reply<'s> {
    pub(super) const fn new(writer: DataWriter<'s>, correlation: u32, check: CheckCrc) -> Self {
        Self { writer, correlation, check }
    }

    /// Writes the answer into the send buffer, with the correlation number of the peer's message. After
    /// [`super::Endpoint::close`] it is discarded.
    ///
    /// # Errors
    /// [`BufferFull`] if the send buffer is too small for it. All of the buffer is free when a message
    /// arrives.
    pub fn send<'m, M: Message<'m>>(mut self, message: &M) -> Result<(), BufferFull> {
        let Self { correlation, check, .. } = self;
        match self.writer.write(&mut |w| agent::write(message, correlation, check, w)) {
            Err(Error::SendBufferTooSmall | Error::Misuse(Misuse::NotConnected)) => Err(BufferFull),
            // Nothing may follow close_notify, and `process` returns errors.
            _ => Ok(()),
        }
    }
}
