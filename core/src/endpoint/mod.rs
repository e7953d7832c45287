//! One object that a host drives: a connection, with or without TLS, and the agent's messages on it.
//!
//! It has the ports of a [`crate::tls::Session`] and similar events, but receives and sends whole messages
//! instead of application data. The transport is chosen at run time, as UseSecureSocket requires.
//!
//! A message that fits in one record is lent from where the record was opened; only a message that spans
//! records is copied, into the [`Room`] that the host lends for it. An answer is written where it will be
//! sealed.
//!
//! With an executor, [`AsyncConnection`] drives it.

mod asynchronous;
mod inbox;
mod plain;
mod reply;
mod transport;

use core::fmt;

use crate::agent::{CheckCrc, Frame, FrameError, FrameHeader, Message, MessageError, MessageType};
use crate::crypto::Provider;
use crate::tls::{self, Buffers, Context, Negotiated, Role, SignRequest, SignerFailed};
use crate::wire::BufferFull;
use crate::x509::{CertificateError, CertificateList};
pub use asynchronous::{AsyncConnection, ConnectionError, Stop};
pub use inbox::Room;
use inbox::{Inbox, Taken};
pub use plain::Plain;
pub use reply::Reply;
pub use transport::Transport;

/// A connection that carries messages. `I` is the memory for a message that spans records.
pub struct Endpoint<'b, R: Role<P>, P: Provider, I = &'b mut [u8]> {
    transport: Transport<'b, R, P>,
    inbox: Inbox<I>,
    /// The message in the inbox is the one that the last event passed to the host.
    delivered: bool,
    check: CheckCrc,
    failed: Option<Error>,
}

/// What the host does next, like [`tls::Event`].
pub enum Event<'s> {
    /// Read bytes from the transport.
    NeedRead,
    /// Write bytes to the transport. While it accepts none, read bytes from it, if [`Endpoint::recv_buf`] has
    /// room.
    NeedWrite,
    /// Sign with the private key, then [`Endpoint::sign_done`].
    Sign(SignRequest),
    /// Verify the peer's certificates, then [`Endpoint::verify_done`].
    VerifyPeer(CertificateList<'s>),
    /// Messages can be sent; returned once.
    Connected,
    /// A message has arrived. The transport has accepted everything that was sent before.
    Message(Received<'s>),
    /// The peer has closed its side cleanly.
    PeerClosed,
}

/// A message from the peer, with a way to answer it. The next call to [`Endpoint::process`] discards it.
pub struct Received<'s> {
    /// The type of the message.
    pub message_type: MessageType,
    /// The message, or why it cannot be read. In that case it is answered with an error, and the connection
    /// continues.
    pub frame: Result<Frame<'s>, MessageError>,
    /// The way to answer it.
    pub reply: Reply<'s>,
}

/// Why a connection cannot continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The TLS session ended.
    Tls(tls::Error),
    /// The stream cannot be parsed any further.
    Frame(FrameError),
    /// The peer sends a message that spans records and does not fit into the memory for it.
    InboxTooSmall,
}

impl<'b, R: Role<P>, P: Provider, I: Room> Endpoint<'b, R, P, I> {
    /// An endpoint on a fresh transport.
    pub const fn new(transport: Transport<'b, R, P>, check: CheckCrc, inbox: I) -> Self {
        Self { transport, inbox: Inbox::new(inbox), delivered: false, check, failed: None }
    }

    /// Sets whether messages carry a CRC, and received ones are checked, starting with the next message. The
    /// setting CheckCRC may change while a connection is open.
    pub const fn set_check_crc(&mut self, check: CheckCrc) {
        self.check = check;
    }

    /// Runs until there is something for the host to do, and returns it.
    ///
    /// # Errors
    /// The connection has ended. A notification for the peer is in [`Self::send_buf`], and every further call
    /// returns the same error.
    pub fn process(&mut self, cx: &mut Context<'_>) -> Result<Event<'_>, Error> {
        match self.turn(cx) {
            Ok(signal) => self.event(signal),
            Err(error) => Err(self.fail(error)),
        }
    }

    /// Writes a message into the send buffer, on this side's initiative; an answer is sent with
    /// [`Received::reply`]. After [`Self::close`] the message is discarded.
    ///
    /// # Errors
    /// [`BufferFull`] if there is currently no room for it: before [`Event::Connected`], and while the
    /// transport has not accepted what was sent before. If nothing is queued, the send buffer is too small
    /// for the message.
    pub fn send<'m, M: Message<'m>>(&mut self, message: &M, correlation: u32) -> Result<(), BufferFull> {
        Reply::new(self.transport.split().1, correlation, self.check).send(message)
    }

    /// Same as [`tls::Session::recv_buf`].
    pub fn recv_buf(&mut self) -> &mut [u8] {
        self.transport.recv_buf()
    }

    /// Same as [`tls::Session::recv_done`].
    pub fn recv_done(&mut self, n: usize) {
        self.transport.recv_done(n);
    }

    /// Same as [`tls::Session::recv_end`].
    pub fn recv_end(&mut self) {
        self.transport.recv_end();
    }

    /// Whether part of a message, or of a TLS record, has arrived and the rest is awaited. A host may wait
    /// for a long time between messages, but should not wait that long for the rest of one.
    pub fn has_partial_input(&self) -> bool {
        (!self.delivered && !self.inbox.is_empty()) || self.transport.has_partial_input()
    }

    /// Same as [`tls::Session::send_buf`].
    pub fn send_buf(&self) -> &[u8] {
        self.transport.send_buf()
    }

    /// Same as [`tls::Session::send_done`].
    pub fn send_done(&mut self, n: usize) {
        self.transport.send_done(n);
    }

    /// Same as [`tls::Session::sign_done`].
    ///
    /// # Errors
    /// Those of the session.
    pub fn sign_done(&mut self, signature: Result<&[u8], SignerFailed>) -> Result<(), Error> {
        self.transport.sign_done(signature).map_err(Error::Tls)
    }

    /// Same as [`tls::Session::verify_done`].
    ///
    /// # Errors
    /// Those of the session.
    pub fn verify_done(&mut self, verdict: Result<(), CertificateError>) -> Result<(), Error> {
        self.transport.verify_done(verdict).map_err(Error::Tls)
    }

    /// Same as [`tls::Session::close`].
    pub fn close(&mut self) {
        self.transport.close();
    }

    /// What the TLS handshake negotiated, once it is complete; `None` without TLS.
    pub fn negotiated(&self) -> Option<Negotiated> {
        self.transport.negotiated()
    }

    /// Ends the connection as if it were dropped, and returns all memory for the next one.
    pub fn into_buffers(self) -> (Buffers<'b>, I) {
        (self.transport.into_buffers(), self.inbox.into_room())
    }

    fn fail(&mut self, error: Error) -> Error {
        self.transport.close();
        *self.failed.get_or_insert(error)
    }

    fn turn(&mut self, cx: &mut Context<'_>) -> Result<Signal, Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if core::mem::take(&mut self.delivered) {
            self.inbox.clear();
        }
        loop {
            if let Some(header) = self.inbox.complete()? {
                return Ok(self.message(header, Place::Inbox));
            }
            return Ok(match self.transport.process(cx).map_err(Error::Tls)? {
                tls::Event::Data(mut data) => match self.inbox.take(data.bytes())? {
                    Taken::Whole(header) => self.message(header, Place::Record),
                    Taken::Gathered(n) => {
                        data.take(n);
                        continue;
                    }
                },
                tls::Event::NeedRead => Signal::NeedRead,
                tls::Event::NeedWrite => Signal::NeedWrite,
                tls::Event::Sign(request) => Signal::Sign(request),
                tls::Event::VerifyPeer(_) => Signal::VerifyPeer,
                tls::Event::Connected => Signal::Connected,
                tls::Event::PeerClosed => Signal::PeerClosed,
            });
        }
    }

    /// If a peer does not accept its answers, no more of its requests are served. So all of the send buffer
    /// is free for an answer.
    fn message(&self, header: FrameHeader, place: Place) -> Signal {
        if self.send_buf().is_empty() { Signal::Message(header, place) } else { Signal::NeedWrite }
    }

    fn event(&mut self, signal: Signal) -> Result<Event<'_>, Error> {
        Ok(match signal {
            Signal::NeedRead => Event::NeedRead,
            Signal::NeedWrite => Event::NeedWrite,
            Signal::Sign(request) => Event::Sign(request),
            Signal::VerifyPeer => {
                Event::VerifyPeer(self.transport.peer_chain().ok_or(Error::Tls(tls::Error::Bug))?)
            }
            Signal::Connected => Event::Connected,
            Signal::Message(header, place) => {
                let (data, writer) = self.transport.split();
                let bytes = match place {
                    Place::Record => data.map_or(&[][..], |data| data.take(header.frame_len())),
                    Place::Inbox => {
                        self.delivered = true;
                        self.inbox.bytes()
                    }
                };
                let body = bytes.get(FrameHeader::LEN..header.frame_len()).unwrap_or_default();
                Event::Message(Received {
                    message_type: header.message_type(),
                    frame: header.frame(body, self.check),
                    reply: Reply::new(writer, header.correlation(), self.check),
                })
            }
            Signal::PeerClosed => Event::PeerClosed,
        })
    }
}

/// An event that does not borrow from the endpoint yet.
enum Signal {
    NeedRead,
    NeedWrite,
    Sign(SignRequest),
    VerifyPeer,
    Connected,
    Message(FrameHeader, Place),
    PeerClosed,
}

/// Where a message is.
enum Place {
    /// At the front of the data in the receive buffer.
    Record,
    Inbox,
}

impl From<FrameError> for Error {
    fn from(error: FrameError) -> Self {
        Self::Frame(error)
    }
}

impl core::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tls(error) => error.fmt(f),
            Self::Frame(error) => error.fmt(f),
            Self::InboxTooSmall => f.write_str("the peer sent a message longer than the buffer for messages"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn what_ends_a_connection_is_named() {
        for (error, text) in [
            (Error::Tls(tls::Error::Truncated), tls::Error::Truncated.to_string()),
            (Error::Frame(FrameError::BadMagic), FrameError::BadMagic.to_string()),
            (Error::InboxTooSmall, "the peer sent a message longer than the buffer for messages".into()),
        ] {
            assert!(!text.is_empty());
            assert_eq!(error.to_string(), text);
        }
    }
}
