//! NewSessionTicket (RFC 5077 section 3.3).

use crate::wire::{BufferFull, DecodeError, Reader, Writer};

/// A ticket from the server.
pub(crate) struct NewSessionTicket<'a> {
    /// For how many seconds the server intends to accept it; 0 means unspecified.
    pub(crate) lifetime_hint: u32,
    /// Empty when the server issues none after all.
    pub(crate) ticket: &'a [u8],
}

impl<'a> NewSessionTicket<'a> {
    pub(crate) fn parse(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self { lifetime_hint: r.u32()?, ticket: r.vec16()? })
    }

    pub(crate) fn emit(&self, w: &mut Writer<'_>) -> Result<(), BufferFull> {
        w.u32(self.lifetime_hint)?;
        w.vec16(self.ticket)
    }
}
