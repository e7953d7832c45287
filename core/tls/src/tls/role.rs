//! What the two state machines have in common: the interface that the session drives, and how messages are
//! sent.

use super::codes::{ContentType, HandshakeType};
use super::context::Context;
use super::error::Error;
use super::event::{Negotiated, SignRequest};
use super::message::{Handshake, Streamed};
use super::record::{Opener, Protection, SendBuffer};
use super::transcript::Transcript;
use crate::crypto::Provider;
use crate::wire::{BufferFull, Writer};
use crate::x509::CertificateList;

/// One side of a connection: [`super::Server`] or [`super::Client`]. Only the engine implements it.
#[expect(private_bounds, reason = "sealed: what the engine does with a role is its own affair")]
pub trait Role<P: Provider>: Machine<P> {}

/// One side of a handshake in progress. A step changes the state in place or replaces it with the next one; a
/// step that fails ends the session, and its state is wiped.
///
/// The steps, and what each message does to a state, are functions that are never inlined: inlined into one
/// function, each would keep its own copies of the state on the stack while the others run.
pub(crate) trait Machine<P: Provider>: Sized {
    /// The message with which the peer would start another handshake.
    const RENEGOTIATION: HandshakeType;

    /// What has to happen next.
    fn want(&self) -> Want;

    /// Writes the next piece of this side's flight. Called when [`Self::want`] returns `Want::Send`.
    fn send(&mut self, link: &mut Link<'_, '_, P>, cx: &mut Context<'_>) -> Result<(), Error>;

    /// Handles a message from the peer.
    fn handshake(
        &mut self,
        message: Handshake<'_>,
        link: &mut Link<'_, '_, P>,
        cx: &mut Context<'_>,
    ) -> Result<(), Error>;

    /// Whether the message that begins or continues with `bytes` is handled in pieces.
    fn takes_pieces(&self, _bytes: &[u8]) -> bool {
        false
    }

    /// Handles the next bytes of such a message, and returns how many were handled.
    fn piece(&mut self, _bytes: &[u8]) -> Result<usize, Error> {
        Err(Error::Bug)
    }

    /// Handles the peer's ChangeCipherSpec.
    fn change_cipher_spec(&mut self, link: &mut Link<'_, '_, P>) -> Result<(), Error>;

    /// Handles the signature that `Want::Sign` requested.
    fn signed(&mut self, signature: &[u8], link: &mut Link<'_, '_, P>) -> Result<(), Error>;

    /// Records that the peer's chain is trusted; `message` is its Certificate message.
    fn verified(&mut self, message: Handshake<'_>, chain: CertificateList<'_>) -> Result<(), Error>;

    /// What was negotiated, once the handshake is complete.
    fn negotiated(&self) -> Option<Negotiated>;

    /// Records that a fatal alert ends the session, which must not be resumed (RFC 5246 section 7.2.2).
    fn forget(&mut self) {}
}

/// The side that a key or a verify_data belongs to.
#[derive(Clone, Copy)]
pub(crate) enum Side {
    Client,
    Server,
}

/// What a state waits for.
#[derive(Clone, Copy)]
pub(crate) enum Want {
    /// A handshake message or ChangeCipherSpec from the peer.
    Peer,
    /// Space for a message of at least this length in the send buffer, to continue writing.
    Send(usize),
    /// A signature from the host.
    Sign(SignRequest),
    /// The host's verdict on the peer's chain, which is in the receive buffer.
    Verify,
    /// Nothing: the handshake is complete.
    Nothing,
}

/// The parts of the session that a state works with.
pub(crate) struct Link<'s, 'b, P: Provider> {
    pub(crate) send: &'s mut SendBuffer<'b, P>,
    pub(crate) opener: &'s mut Opener<P>,
}

impl<P: Provider> Link<'_, '_, P> {
    /// Writes a message in one piece and adds it to the transcript.
    pub(crate) fn message(
        &mut self,
        kind: HandshakeType,
        transcript: &mut Transcript<P>,
        body: impl Fn(&mut Writer<'_>) -> Result<(), BufferFull>,
    ) -> Result<(), Error> {
        self.send.message(ContentType::HANDSHAKE, &mut |w| {
            w.u8(kind.0)?;
            let mark = w.open(3)?;
            body(w)?;
            w.close(mark)?;
            transcript.sent(w.written());
            Ok(())
        })
    }

    /// Writes as much of a message as there is room for, starting at `offset`, and returns where to continue;
    /// `None` when it is complete.
    pub(crate) fn streamed(
        &mut self,
        message: &dyn Streamed,
        offset: usize,
        transcript: &mut Transcript<P>,
    ) -> Result<Option<usize>, Error> {
        let left = message.total_len().saturating_sub(offset);
        let n = left.min(self.send.room());
        self.send.message(ContentType::HANDSHAKE, &mut |w| {
            let room = w.reserve(n)?;
            message.copy_from(offset, room);
            transcript.sent(w.written());
            Ok(())
        })?;
        Ok((n < left).then_some(offset + n))
    }

    /// Writes ChangeCipherSpec and protects what follows (RFC 5246 section 7.1).
    pub(crate) fn change_cipher_spec(&mut self, protection: Protection<P>) -> Result<(), Error> {
        self.send.message(ContentType::CHANGE_CIPHER_SPEC, &mut |w| w.u8(1))?;
        self.send.protection = Some(protection);
        Ok(())
    }
}
