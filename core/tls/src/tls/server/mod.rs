//! The server's side of the handshake.
//!
//! ```text
//!   ExpectClientHello
//!     │ ClientHello ▶ ServerHello
//!   SendCertificate            (as often as the send buffer fills)
//!     │
//!   SendServerKeyExchange
//!     │ ephemeral key
//!   AwaitSignature ◀── sign_done
//!     │ ▶ ServerKeyExchange
//!     ├─ client_auth ─▶ SendCertificateRequest ─▶ ServerHelloDone
//!     │                   │
//!     │                 ExpectCertificate
//!     │                   ├─ empty, optional ──────────────┐
//!     │                 AwaitVerdict ◀── verify_done       │
//!     │ ▶ ServerHelloDone │                                │
//!   ExpectClientKeyExchange ◀─────────────────────────────-┘
//!     │ master secret     └─ with certificate ─▶ ExpectCertificateVerify ─┐
//!   ExpectChangeCipherSpec ◀───────────────────────────────────────────---┘
//!     │ peer's keys in use
//!   ExpectFinished
//!     │ Finished ▶ NewSessionTicket, ChangeCipherSpec, Finished
//!   Traffic
//! ```
//! A ClientHello with a valid ticket is answered with ServerHello, ChangeCipherSpec and Finished, and the
//! server continues at ExpectChangeCipherSpec (RFC 5077 section 3.1).
//!
//! Any message other than the one in a state's name ends the session with unexpected_message.

mod hello;

use core::mem;

use super::config::ServerConfig;
use super::context::{Buffers, Context};
use super::error::{Error, FromPeer};
use super::event::Negotiated;
use super::message::Handshake;
use super::role::{Link, Machine, Role, Want};
use super::session::Session;
use super::tls12::server::finish::Finish;
use super::tls12::server::flight::{Flight, Step};
use crate::crypto::Provider;
use crate::tls::codes::HandshakeType;
use crate::x509::CertificateList;

/// A session in which this side is the server.
pub type ServerSession<'b, P> = Session<'b, Server<'b, P>, P>;

impl<'b, P: Provider> ServerSession<'b, P> {
    /// A session that waits for a ClientHello.
    ///
    /// # Errors
    /// A buffer is smaller than its minimum, or [`Error::Misuse`] for an invalid configuration: an identity
    /// without certificates or with schemes that do not fit, or a protocol name of invalid length.
    pub fn new(config: &'b ServerConfig<'b>, buffers: Buffers<'b>) -> Result<Self, Error> {
        config.check::<P>()?;
        Self::with_machine(Server { config, state: State::ExpectClientHello }, buffers)
    }
}

/// The server's state machine with its configuration.
pub struct Server<'c, P: Provider> {
    config: &'c ServerConfig<'c>,
    state: State<P>,
}

/// How far the handshake has progressed. Within a part, the steps (`flight::Step`, `finish::Step`) change in
/// place; only transitions between parts move secrets.
enum State<P: Provider> {
    ExpectClientHello,
    /// The hello messages have been exchanged: from Certificate to ClientKeyExchange.
    Flight(Flight<P>),
    /// There is a master secret: from CertificateVerify to Finished.
    Finish(Finish<P>),
    Traffic(Negotiated),
    /// Taken by a step; nothing is put back if the step fails.
    Taken,
}

impl<P: Provider> Role<P> for Server<'_, P> {}

impl<P: Provider> Machine<P> for Server<'_, P> {
    const RENEGOTIATION: HandshakeType = HandshakeType::CLIENT_HELLO;

    fn want(&self) -> Want {
        match &self.state {
            State::Flight(flight) => flight.want(),
            State::Traffic(_) => Want::Nothing,
            State::ExpectClientHello | State::Finish(_) | State::Taken => Want::Peer,
        }
    }

    #[inline(never)]
    fn send(&mut self, link: &mut Link<'_, '_, P>, _: &mut Context<'_>) -> Result<(), Error> {
        let config = self.config;
        self.flight()?.send(config, link)
    }

    #[inline(never)]
    fn handshake(
        &mut self,
        message: Handshake<'_>,
        link: &mut Link<'_, '_, P>,
        cx: &mut Context<'_>,
    ) -> Result<(), Error> {
        match &mut self.state {
            State::ExpectClientHello => {
                message.check_kind(HandshakeType::CLIENT_HELLO)?;
                hello::answer(self, &message, link, cx)
            }
            State::Flight(Flight { step: Step::ExpectClientKeyExchange { .. }, .. }) => {
                message.check_kind(HandshakeType::CLIENT_KEY_EXCHANGE)?;
                self.finish(&message)
            }
            State::Flight(flight) if P::CLIENT_AUTH && matches!(flight.step, Step::ExpectCertificate) => {
                message.check_kind(HandshakeType::CERTIFICATE)?;
                flight.on_certificate(self.config, &message, cx.now)
            }
            State::Finish(finish) => {
                if let Some(negotiated) = finish.handshake(self.config, &message, link, cx)? {
                    self.state = State::Traffic(negotiated);
                }
                Ok(())
            }
            _ => Err(message.instead_of(FromPeer::Nothing)),
        }
    }

    #[inline(never)]
    fn change_cipher_spec(&mut self, link: &mut Link<'_, '_, P>) -> Result<(), Error> {
        let expected = match &mut self.state {
            State::Finish(finish) => return finish.change_cipher_spec(link),
            State::ExpectClientHello => FromPeer::Handshake(HandshakeType::CLIENT_HELLO),
            State::Flight(flight) => flight.expected(),
            State::Traffic(_) => FromPeer::ApplicationData,
            State::Taken => FromPeer::Nothing,
        };
        Err(Error::Unexpected { expected, got: FromPeer::ChangeCipherSpec })
    }

    #[inline(never)]
    fn signed(&mut self, signature: &[u8], link: &mut Link<'_, '_, P>) -> Result<(), Error> {
        let config = self.config;
        self.flight()?.send_key_exchange(config, signature, link)
    }

    #[inline(never)]
    fn verified(&mut self, message: Handshake<'_>, chain: CertificateList<'_>) -> Result<(), Error> {
        if P::CLIENT_AUTH { self.flight()?.on_verdict(&message, chain) } else { Err(Error::Bug) }
    }

    fn negotiated(&self) -> Option<Negotiated> {
        match &self.state {
            State::Traffic(negotiated) => Some(*negotiated),
            _ => None,
        }
    }
}

impl<P: Provider> Server<'_, P> {
    /// The transition from one part to the next, with ClientKeyExchange.
    // Never inlined, so that the data is on the stack only while it moves.
    #[inline(never)]
    fn finish(&mut self, message: &Handshake<'_>) -> Result<(), Error> {
        if let State::Flight(flight) = mem::replace(&mut self.state, State::Taken) {
            self.state = State::Finish(flight.finish(message)?);
        }
        Ok(())
    }

    /// The part in which the session makes requests to the host.
    const fn flight(&mut self) -> Result<&mut Flight<P>, Error> {
        match &mut self.state {
            State::Flight(flight) => Ok(flight),
            _ => Err(Error::Bug),
        }
    }
}
