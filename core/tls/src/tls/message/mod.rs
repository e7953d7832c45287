//! Handshake messages (RFC 5246 section 7.4): views that borrow from the received bytes, and the code that
//! writes them.
//!
//! Every message has a `parse` that takes the body after the four-byte header, and an `emit` that writes that
//! body. There is no policy here: the states decide what a value means for the session.

mod certificate;
mod certificate_request;
mod client_hello;
mod extension;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod key_exchange;
mod new_session_ticket;
mod server_hello;

#[cfg(test)]
mod tests;

pub(crate) use certificate::{CertificateBody, CertificateVerify, Streamed};
pub(crate) use certificate_request::{
    Asked, CertificateRequestBody, CertificateRequestReader, CertificateType,
};
pub(crate) use client_hello::{ClientExtensions, ClientHello, ClientHelloBody};
pub(crate) use key_exchange::{ClientKeyExchange, ServerEcdhParams, ServerKeyExchange};
pub(crate) use new_session_ticket::NewSessionTicket;
pub(crate) use server_hello::{Offered, ServerExtensions, ServerHello, ServerHelloBody};

use super::codes::HandshakeType;
use super::error::{Error, FromPeer, Misbehaved, Structure};
use super::limits::MAX_HANDSHAKE_MESSAGE;
use crate::wire::{DecodeError, Reader};

/// Length of a handshake message's header: type and length (RFC 5246 section 7.4).
pub(crate) const HEADER: usize = 4;
/// Length of Random (RFC 5246 section 7.4.1.2).
pub(crate) const RANDOM: usize = 32;
/// Longest SessionID (RFC 5246 section 7.4.1.2).
pub(crate) const MAX_SESSION_ID: usize = 32;
/// Length of verify_data (RFC 5246 section 7.4.9).
pub(crate) const VERIFY_DATA: usize = 12;

/// One whole handshake message in the receive buffer.
#[derive(Clone, Copy)]
pub(crate) struct Handshake<'a> {
    pub(crate) kind: HandshakeType,
    pub(crate) body: &'a [u8],
    /// Header and body, as hashed into the transcript.
    pub(crate) raw: &'a [u8],
}

impl<'a> Handshake<'a> {
    /// The message at the front of `bytes`; `None` while it is incomplete.
    pub(crate) fn first_of(bytes: &'a [u8]) -> Result<Option<Self>, Error> {
        let Some(len) = Self::len_of(bytes) else { return Ok(None) };
        if len > HEADER + MAX_HANDSHAKE_MESSAGE {
            return Err(Misbehaved::MessageTooLong.into());
        }
        let Some(raw) = bytes.get(..len) else { return Ok(None) };
        let (&[kind, ..], body) = raw.split_first_chunk::<HEADER>().ok_or(Error::Bug)?;
        Ok(Some(Self { kind: HandshakeType(kind), body, raw }))
    }

    /// Length of the message at the front of `bytes`, header included, once the header is complete.
    pub(crate) fn len_of(bytes: &[u8]) -> Option<usize> {
        let &[_, l0, l1, l2] = bytes.first_chunk::<HEADER>()?;
        usize::try_from(u32::from_be_bytes([0, l0, l1, l2])).ok()?.checked_add(HEADER)
    }

    /// Rejects a message of any kind other than the expected one.
    pub(crate) fn check_kind(&self, due: HandshakeType) -> Result<(), Error> {
        if self.kind == due { Ok(()) } else { Err(self.instead_of(FromPeer::Handshake(due))) }
    }

    /// The error if this message arrives when something else was expected.
    pub(crate) const fn instead_of(&self, expected: FromPeer) -> Error {
        Error::Unexpected { expected, got: FromPeer::Handshake(self.kind) }
    }

    /// Decodes the body with `parse`; an error names this message.
    pub(crate) fn decode<T>(
        &self,
        parse: impl FnOnce(&mut Reader<'a>) -> Result<T, DecodeError>,
    ) -> Result<T, Error> {
        Reader::all(self.body, parse).map_err(|reason| Error::Decode(Structure::Handshake(self.kind), reason))
    }
}

/// A list of 16-bit code points: never empty once it has been parsed.
#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) struct CodeList<'a>(&'a [u8]);

impl<'a> CodeList<'a> {
    /// Parses the content of the vector that holds the list.
    fn parse(content: &'a [u8]) -> Result<Self, DecodeError> {
        let is_list = !content.is_empty() && content.len().is_multiple_of(2);
        if is_list { Ok(Self(content)) } else { Err(DecodeError::BadLength) }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = u16> + use<'a> {
        self.0.as_chunks::<2>().0.iter().map(|code| u16::from_be_bytes(*code))
    }

    pub(crate) fn contains(self, code: u16) -> bool {
        self.iter().any(|listed| listed == code)
    }
}
