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
//! A ClientHello with a ticket that opens is answered with ServerHello, ChangeCipherSpec and Finished, and goes on at
//! ExpectChangeCipherSpec (RFC 5077 section 3.1).
//!
//! Any other message than the one that a state names ends the session with unexpected_message.

mod finish;
mod flight;
mod hello;

use super::config::{Buffers, ClientAuth, Context, ServerConfig};
use super::error::{Error, Incoming};
use super::event::{Negotiated, SignRequest};
use super::key_exchange::EphemeralKey;
use super::machine::{Link, Role, Want, expect, unexpected};
use super::message::{Handshake, HandshakeType, ServerEcdhParams};
use super::peer_key::PeerKey;
use super::secured::Secured;
use super::session::Session;
use crate::crypto::Provider;
use crate::x509::CertificateList;
use flight::{Hello, MAX_SERVER_KEY_EXCHANGE};

/// Whether clients can be asked for a certificate. In a build without that, the compiler sees that what deals with their
/// certificates is never reached, and leaves it out.
const ASKS_CLIENTS: bool = cfg!(feature = "client-auth");

/// A session in which this side is the server.
pub type ServerSession<'b, P> = Session<'b, Server<'b, P>, P>;

impl<'b, P: Provider> ServerSession<'b, P> {
    /// A session that waits for a ClientHello.
    ///
    /// # Errors
    /// A buffer below its minimum, or an identity without certificates or schemes.
    pub fn new(config: &'b ServerConfig<'b>, buffers: Buffers<'b>) -> Result<Self, Error> {
        config.check()?;
        Self::with_machine(Server { config, state: State::ExpectClientHello }, buffers)
    }
}

/// The server's state machine with its configuration.
pub struct Server<'c, P: Provider> {
    config: &'c ServerConfig<'c>,
    state: State<P>,
}

/// Where the handshake stands; `ExpectX` waits for the peer, `AwaitX` for the host, `SendX` for room.
enum State<P: Provider> {
    ExpectClientHello,
    SendCertificate {
        hello: Hello<P>,
        offset: usize,
    },
    SendServerKeyExchange {
        hello: Hello<P>,
    },
    /// With what is being signed: a public value costs as much as the agreement, and is computed once.
    AwaitSignature {
        hello: Hello<P>,
        key: EphemeralKey<P>,
        params: ServerEcdhParams,
        request: SignRequest,
    },
    SendCertificateRequest {
        hello: Hello<P>,
        key: EphemeralKey<P>,
        offset: usize,
    },
    SendServerHelloDone {
        hello: Hello<P>,
        key: EphemeralKey<P>,
    },
    ExpectCertificate {
        hello: Hello<P>,
        key: EphemeralKey<P>,
    },
    AwaitVerdict {
        hello: Hello<P>,
        key: EphemeralKey<P>,
    },
    /// With the key of the client's certificate, which is still to be proven.
    ExpectClientKeyExchange {
        hello: Hello<P>,
        key: EphemeralKey<P>,
        client: Option<PeerKey>,
    },
    ExpectCertificateVerify {
        secured: Secured<P>,
        client: PeerKey,
    },
    ExpectChangeCipherSpec(Secured<P>),
    ExpectFinished(Secured<P>),
    Traffic(Negotiated),
    /// By a step; none is left when it fails.
    Taken,
}

impl<P: Provider> Role<P> for Server<'_, P> {
    const RENEGOTIATION: HandshakeType = HandshakeType::CLIENT_HELLO;

    fn want(&self) -> Want {
        match &self.state {
            State::SendCertificate { .. } | State::SendCertificateRequest { .. } => Want::Send(64),
            State::SendServerKeyExchange { .. } => Want::Send(MAX_SERVER_KEY_EXCHANGE),
            State::SendServerHelloDone { .. } => Want::Send(super::message::HEADER),
            State::AwaitSignature { request, .. } => Want::Sign(*request),
            State::AwaitVerdict { .. } => Want::Verify,
            State::Traffic(_) => Want::Nothing,
            State::ExpectClientHello
            | State::ExpectCertificate { .. }
            | State::ExpectClientKeyExchange { .. }
            | State::ExpectCertificateVerify { .. }
            | State::ExpectChangeCipherSpec(_)
            | State::ExpectFinished(_)
            | State::Taken => Want::Peer,
        }
    }

    #[inline(never)]
    fn send(&mut self, link: &mut Link<'_, '_, P>, cx: &mut Context<'_>) -> Result<(), Error> {
        let config = self.config;
        self.transition(|state| match state {
            State::SendCertificate { hello, offset } => hello.send_certificate(config, offset, link),
            State::SendServerKeyExchange { hello } => hello.generate_key(cx),
            State::SendCertificateRequest { hello, key, offset } if ASKS_CLIENTS => {
                hello.send_certificate_request(config, key, offset, link)
            }
            State::SendServerHelloDone { hello, key } => hello.send_done(config, key, link),
            _ => Err(Error::Bug),
        })
    }

    #[inline(never)]
    fn handshake(
        &mut self,
        message: Handshake<'_>,
        link: &mut Link<'_, '_, P>,
        cx: &mut Context<'_>,
    ) -> Result<(), Error> {
        let config = self.config;
        self.transition(|state| match state {
            State::ExpectClientHello => {
                expect(&message, HandshakeType::CLIENT_HELLO)?;
                hello::answer(config, &message, link, cx)
            }
            State::ExpectCertificate { hello, key } if ASKS_CLIENTS => {
                expect(&message, HandshakeType::CERTIFICATE)?;
                hello.on_certificate(config, key, &message)
            }
            State::ExpectClientKeyExchange { hello, key, client } => {
                expect(&message, HandshakeType::CLIENT_KEY_EXCHANGE)?;
                finish::on_client_key_exchange(hello, key, client, &message)
            }
            State::ExpectCertificateVerify { secured, client } if ASKS_CLIENTS => {
                expect(&message, HandshakeType::CERTIFICATE_VERIFY)?;
                finish::on_certificate_verify(config, secured, &client, &message)
            }
            State::ExpectChangeCipherSpec(_) => Err(unexpected(Incoming::ChangeCipherSpec, &message)),
            State::ExpectFinished(secured) => {
                expect(&message, HandshakeType::FINISHED)?;
                finish::on_finished(config, secured, &message, link, cx)
            }
            _ => Err(unexpected(Incoming::Nothing, &message)),
        })
    }

    #[inline(never)]
    fn change_cipher_spec(&mut self, link: &mut Link<'_, '_, P>) -> Result<(), Error> {
        let expected = self.expected();
        self.transition(|state| match state {
            State::ExpectChangeCipherSpec(secured) => finish::on_change_cipher_spec(secured, link),
            _ => Err(Error::Unexpected { expected, got: Incoming::ChangeCipherSpec }),
        })
    }

    #[inline(never)]
    fn signed(&mut self, signature: &[u8], link: &mut Link<'_, '_, P>) -> Result<(), Error> {
        let asks = self.config.client_auth != ClientAuth::None;
        self.transition(|state| match state {
            State::AwaitSignature { hello, key, params, .. } => {
                hello.send_key_exchange(key, &params, signature, asks, link)
            }
            _ => Err(Error::Bug),
        })
    }

    #[inline(never)]
    fn verified(&mut self, message: Handshake<'_>, chain: CertificateList<'_>) -> Result<(), Error> {
        self.transition(|state| match state {
            State::AwaitVerdict { hello, key } if ASKS_CLIENTS => hello.on_verdict(key, &message, chain),
            _ => Err(Error::Bug),
        })
    }

    fn negotiated(&self) -> Option<Negotiated> {
        match &self.state {
            State::Traffic(negotiated) => Some(*negotiated),
            _ => None,
        }
    }
}

impl<P: Provider> Server<'_, P> {
    fn transition(&mut self, step: impl FnOnce(State<P>) -> Result<State<P>, Error>) -> Result<(), Error> {
        self.state = step(core::mem::replace(&mut self.state, State::Taken))?;
        Ok(())
    }

    /// What the state waits for, for the report of something else.
    fn expected(&self) -> Incoming {
        Incoming::Handshake(match &self.state {
            State::ExpectClientHello => HandshakeType::CLIENT_HELLO,
            State::ExpectCertificate { .. } => HandshakeType::CERTIFICATE,
            State::ExpectClientKeyExchange { .. } => HandshakeType::CLIENT_KEY_EXCHANGE,
            State::ExpectCertificateVerify { .. } => HandshakeType::CERTIFICATE_VERIFY,
            State::ExpectFinished(_) => HandshakeType::FINISHED,
            State::ExpectChangeCipherSpec(_) => return Incoming::ChangeCipherSpec,
            State::Traffic(_) => return Incoming::ApplicationData,
            _ => return Incoming::Nothing,
        })
    }
}
