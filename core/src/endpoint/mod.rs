//! One object that a host drives: a connection with TLS or without, and the agent's messages on it.
//!
//! It has the ports of a [`crate::tls::Session`] and events of the same kind; instead of application data it gives whole
//! frames, and what is sent are messages. Either transport may be chosen at run time, as UseSecureSocket asks.

mod inbox;
mod outbox;
mod plain;
mod transport;

use core::fmt;

use crate::agent::{CheckCrc, Frame, FrameError, FrameHeader, Message, MessageError, MessageType};
use crate::crypto::Provider;
use crate::tls::{self, Buffers, Context, Negotiated, Role, SignRequest, SignerFailed};
use crate::wire::BufferFull;
use crate::x509::{CertificateError, CertificateList};
use inbox::Inbox;
use outbox::Outbox;
pub use outbox::Reply;
pub use plain::Plain;
pub use transport::Transport;

/// A connection that carries messages.
pub struct Endpoint<'b, R: Role<P>, P: Provider> {
    transport: Transport<'b, R, P>,
    inbox: Inbox<'b>,
    outbox: Outbox<'b>,
    failed: Option<Error>,
}

/// Memory for messages.
#[derive(Debug)]
pub struct MessageBuffers<'b> {
    /// Where a frame is put together; [`crate::agent::MAX_MESSAGE`] bytes take any.
    pub inbox: &'b mut [u8],
    /// Where messages wait to be sealed; it bounds what can be sent at a time.
    pub outbox: &'b mut [u8],
}

/// The one thing to do next, as [`tls::Event`].
pub enum Event<'s> {
    /// Bring bytes from the transport.
    NeedRead,
    /// Take bytes to the transport. While it takes none, bring bytes from it, if [`Endpoint::recv_buf`] has room.
    NeedWrite,
    /// Sign with the private key, then [`Endpoint::sign_done`].
    Sign(SignRequest),
    /// Judge the peer's certificates, then [`Endpoint::verify_done`].
    VerifyPeer(CertificateList<'s>),
    /// Messages can be sent; given once.
    Connected,
    /// A message has come.
    Message(Incoming<'s>),
    /// The peer has closed its side in good order.
    PeerClosed,
}

/// A message of the peer, with the way to answer it. It is gone with the next call of [`Endpoint::process`].
pub struct Incoming<'s> {
    /// Which message it is, and the number that the peer gave it.
    pub message_type: MessageType,
    /// The message, or why it cannot be read; such a one is answered with an error and the connection goes on.
    pub frame: Result<Frame<'s>, MessageError>,
    /// The way back.
    pub reply: Reply<'s>,
}

/// Why a connection cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The TLS session ended.
    Tls(tls::Error),
    /// The stream cannot be followed any longer.
    Frame(FrameError),
    /// The peer sends a message that the inbox does not hold.
    InboxTooSmall,
}

impl<'b, R: Role<P>, P: Provider> Endpoint<'b, R, P> {
    /// An endpoint on a fresh transport.
    pub const fn new(transport: Transport<'b, R, P>, check: CheckCrc, buffers: MessageBuffers<'b>) -> Self {
        Self {
            transport,
            inbox: Inbox::new(buffers.inbox, check),
            outbox: Outbox::new(buffers.outbox, check),
            failed: None,
        }
    }

    /// Sets whether messages carry a CRC and theirs is checked, from the next message on. The setting CheckCRC may change
    /// while a connection is open.
    pub const fn set_check_crc(&mut self, check: CheckCrc) {
        self.inbox.set_check(check);
        self.outbox.set_check(check);
    }

    /// Goes on until there is something for the host to do, and says what.
    ///
    /// # Errors
    /// The connection is over; what tells the peer waits in [`Self::send_buf`], and every further call gives the same
    /// error.
    pub fn process(&mut self, cx: &mut Context<'_>) -> Result<Event<'_>, Error> {
        match self.turn(cx) {
            Ok(signal) => self.event(signal, cx),
            Err(error) => {
                self.transport.close();
                Err(*self.failed.get_or_insert(error))
            }
        }
    }

    /// Queues a message that this side begins; an answer goes out by [`Incoming::reply`]. It is sent once
    /// [`Event::Connected`] has been given.
    ///
    /// # Errors
    /// [`BufferFull`] while the outbox has no room for it.
    pub fn send<'m, M: Message<'m>>(&mut self, message: &M, correlation: u32) -> Result<(), BufferFull> {
        self.outbox.push(message, correlation)
    }

    /// As [`tls::Session::recv_buf`].
    pub fn recv_buf(&mut self) -> &mut [u8] {
        self.transport.recv_buf()
    }

    /// As [`tls::Session::recv_done`].
    pub fn recv_done(&mut self, n: usize) {
        self.transport.recv_done(n);
    }

    /// As [`tls::Session::recv_end`].
    pub fn recv_end(&mut self) {
        self.transport.recv_end();
    }

    /// Whether part of a message has come and the rest is awaited, of a record of TLS too. Between messages a host waits for
    /// a long time; for the rest of one it should not.
    pub fn has_partial_input(&self) -> bool {
        !self.inbox.is_empty() || self.transport.has_partial_input()
    }

    /// As [`tls::Session::send_buf`].
    pub fn send_buf(&self) -> &[u8] {
        self.transport.send_buf()
    }

    /// As [`tls::Session::send_done`].
    pub fn send_done(&mut self, n: usize) {
        self.transport.send_done(n);
    }

    /// As [`tls::Session::sign_done`].
    ///
    /// # Errors
    /// Those of the session.
    pub fn sign_done(&mut self, signature: Result<&[u8], SignerFailed>) -> Result<(), Error> {
        self.transport.sign_done(signature).map_err(Error::Tls)
    }

    /// As [`tls::Session::verify_done`].
    ///
    /// # Errors
    /// Those of the session.
    pub fn verify_done(&mut self, verdict: Result<(), CertificateError>) -> Result<(), Error> {
        self.transport.verify_done(verdict).map_err(Error::Tls)
    }

    /// As [`tls::Session::close`]; messages that still wait are not sent.
    pub fn close(&mut self) {
        self.transport.close();
    }

    /// What the TLS handshake agreed on, once it is complete; none without TLS.
    pub fn negotiated(&self) -> Option<Negotiated> {
        self.transport.negotiated()
    }

    /// Ends the connection as dropping it does, and gives all memory back for the next one.
    pub fn into_buffers(self) -> (Buffers<'b>, MessageBuffers<'b>) {
        let messages = MessageBuffers { inbox: self.inbox.into_bytes(), outbox: self.outbox.into_bytes() };
        (self.transport.into_buffers(), messages)
    }

    fn turn(&mut self, cx: &mut Context<'_>) -> Result<Signal, Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.inbox.drop_delivered();
        loop {
            if self.transport.is_connected() {
                match self.outbox.drain(|bytes| self.transport.write(bytes)) {
                    // Behind close_notify nothing follows, whoever has closed first.
                    Err(tls::Error::Misuse(_)) => self.outbox.clear(),
                    written => written.map_err(Error::Tls)?,
                }
            }
            if let Some(header) = self.inbox.complete()? {
                // A peer that does not take its answers gets no more of its requests served.
                let keeps_up = self.outbox.is_empty();
                return Ok(if keeps_up { Signal::Message(header) } else { Signal::NeedWrite });
            }
            return Ok(match self.transport.process(cx).map_err(Error::Tls)? {
                tls::Event::Data(mut data) => {
                    let n = self.inbox.push(data.bytes())?;
                    data.take(n);
                    continue;
                }
                tls::Event::NeedRead => Signal::NeedRead,
                tls::Event::NeedWrite => Signal::NeedWrite,
                tls::Event::Sign(request) => Signal::Sign(request),
                tls::Event::VerifyPeer(_) => Signal::VerifyPeer,
                tls::Event::Connected => Signal::Connected,
                tls::Event::PeerClosed => Signal::PeerClosed,
            });
        }
    }

    fn event(&mut self, signal: Signal, cx: &mut Context<'_>) -> Result<Event<'_>, Error> {
        Ok(match signal {
            Signal::NeedRead => Event::NeedRead,
            Signal::NeedWrite => Event::NeedWrite,
            Signal::Sign(request) => Event::Sign(request),
            // The session asks the same question until it is answered.
            Signal::VerifyPeer => match self.transport.process(cx).map_err(Error::Tls)? {
                tls::Event::VerifyPeer(chain) => Event::VerifyPeer(chain),
                _ => return Err(Error::Tls(tls::Error::Bug)),
            },
            Signal::Connected => Event::Connected,
            Signal::Message(header) => Event::Message(Incoming {
                message_type: header.message_type(),
                frame: self.inbox.deliver(header),
                reply: Reply::new(&mut self.outbox, header.correlation()),
            }),
            Signal::PeerClosed => Event::PeerClosed,
        })
    }
}

/// An event before it borrows from the endpoint.
enum Signal {
    NeedRead,
    NeedWrite,
    Sign(SignRequest),
    VerifyPeer,
    Connected,
    Message(FrameHeader),
    PeerClosed,
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
