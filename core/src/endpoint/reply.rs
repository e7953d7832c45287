//! The way of a message to the peer: it is written where it is sent from.

use crate::agent::{self, CheckCrc, Message};
use crate::tls::{DataWriter, Error, Misuse};
use crate::wire::BufferFull;

/// The way back to the sender of a message.
pub struct Reply<'s> {
    writer: DataWriter<'s>,
    correlation: u32,
    check: CheckCrc,
}

impl<'s> Reply<'s> {
    pub(super) const fn new(writer: DataWriter<'s>, correlation: u32, check: CheckCrc) -> Self {
        Self { writer, correlation, check }
    }

    /// Writes the answer into the send buffer, under the number that the peer gave its message. After
    /// [`super::Endpoint::close`] it goes nowhere.
    ///
    /// # Errors
    /// [`BufferFull`] when the send buffer is too small for it. All of the buffer is free when a message
    /// comes.
    pub fn send<'m, M: Message<'m>>(mut self, message: &M) -> Result<(), BufferFull> {
        let Self { correlation, check, .. } = self;
        match self.writer.write(&mut |w| agent::write(message, correlation, check, w)) {
            Err(Error::SendBufferTooSmall | Error::Misuse(Misuse::NotConnected)) => Err(BufferFull),
            // Nothing follows close_notify, and an error comes from `process`.
            _ => Ok(()),
        }
    }
}
