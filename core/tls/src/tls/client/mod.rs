//! The client's side of the handshake.
//!
//! ```text
//!   SendClientHello
//!     │ ▶ ClientHello
//!   ExpectServerHello
//!     │
//!   ExpectCertificate
//!     │
//!   AwaitVerdict ◀── verify_done
//!     │
//!   ExpectServerKeyExchange
//!     │ signature checked, secret agreed
//!   ExpectServerHelloDone      (CertificateRequest may come before it, once: ReadCertificateRequest)
//!     ├─ asked ─▶ SendCertificate
//!     │             │ ▶ Certificate, possibly empty
//!   SendClientKeyExchange ◀┘
//!     │ ▶ ClientKeyExchange; master secret
//!     ├─ with certificate ─▶ AwaitSignature ◀── sign_done
//!     │                        │ ▶ CertificateVerify
//!   SendFinished ◀─────────────┘
//!     │ ▶ ChangeCipherSpec, Finished
//!   ExpectNewSessionTicket     (if ServerHello announced it)
//!     │
//!   ExpectChangeCipherSpec
//!     │ peer's keys in use
//!   ExpectFinished
//!     │
//!   Traffic
//! ```
//! A server that takes the ticket goes on at ExpectNewSessionTicket, and SendFinished comes last
//! (RFC 5077 section 3.1).
//!
//! Any other message than the one that a state names ends the session with unexpected_message.

pub(crate) mod hello;
pub(crate) mod store;

use super::config::{Buffers, ClientConfig, Context};
use super::error::{Error, Incoming};
use super::event::{Negotiated, SignRequest};
use super::limits::{MAX_SIGNATURE, RECORD_HEADER};
use super::message::{HEADER, Handshake};
use super::peer_key::PeerKey;
use super::role::{Link, Role, Want, expect, unexpected};
use super::session::Session;
use super::tls12::client::finish;
use super::tls12::client::key_exchange::{self, Agreed};
use super::tls12::client::request::{Answer, Request};
use super::tls12::secured::Secured;
use crate::crypto::{MAX_PUBLIC_VALUE, Provider};
use crate::tls::codes::HandshakeType;
use crate::x509::CertificateList;
use hello::{Hello, Offer};
use store::Store;
pub use store::{NotKept, NotOffered, StoredSession};

/// A session in which this side is the client.
pub type ClientSession<'b, P> = Session<'b, Client<'b, P>, P>;

impl<'b, P: Provider> ClientSession<'b, P> {
    /// A session that is about to send a ClientHello.
    ///
    /// # Errors
    /// A buffer below its minimum, or [`Error::Misuse`] for a configuration that cannot be right: an identity without
    /// certificates or with schemes that do not fit, a server_name that is no DNS name, a protocol name of a wrong length,
    /// nothing that the provider can verify.
    pub fn new(config: &'b ClientConfig<'b>, buffers: Buffers<'b>) -> Result<Self, Error> {
        config.check::<P>()?;
        Self::with_machine(Client { config, store: None, state: State::SendClientHello }, buffers)
    }

    /// The same, with a place for one session: the session in it is offered for resumption, and one that the server
    /// gives a ticket for is put into it once the handshake is complete. A configuration that does not say which server is
    /// meant, by `server_name` or `expected_peer`, asks for no ticket.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_store(
        config: &'b ClientConfig<'b>,
        store: &'b mut StoredSession<[u8]>,
        buffers: Buffers<'b>,
    ) -> Result<Self, Error> {
        config.check::<P>()?;
        store.begin(config.names_peer());
        let store = Some(store).filter(|_| config.names_peer());
        Self::with_machine(Client { config, store, state: State::SendClientHello }, buffers)
    }
}

/// The client's state machine with its configuration.
pub struct Client<'c, P: Provider> {
    config: &'c ClientConfig<'c>,
    store: Option<&'c mut Store>,
    state: State<P>,
}

/// Where the handshake stands; `ExpectX` waits for the peer, `AwaitX` for the host, `SendX` for room.
pub(crate) enum State<P: Provider> {
    SendClientHello,
    ExpectServerHello(Offer<P>),
    ExpectCertificate(Hello<P>),
    AwaitVerdict(Hello<P>),
    ExpectServerKeyExchange {
        hello: Hello<P>,
        server: PeerKey,
    },
    ExpectServerHelloDone {
        agreed: Agreed<P>,
        answer: Option<Answer>,
    },
    /// Its message may be longer than the buffer, and is taken in pieces.
    ReadCertificateRequest {
        agreed: Agreed<P>,
        request: Request,
    },
    SendCertificate {
        agreed: Agreed<P>,
        answer: Answer,
        offset: usize,
    },
    SendClientKeyExchange {
        agreed: Agreed<P>,
        answer: Option<Answer>,
    },
    AwaitSignature {
        secured: Secured<P>,
        request: SignRequest,
    },
    SendFinished(Secured<P>),
    ExpectNewSessionTicket(Secured<P>),
    ExpectChangeCipherSpec(Secured<P>),
    ExpectFinished(Secured<P>),
    Traffic(Negotiated),
    /// By a step; none is left when it fails.
    Taken,
}

impl<P: Provider> Role<P> for Client<'_, P> {
    const RENEGOTIATION: HandshakeType = HandshakeType::HELLO_REQUEST;

    fn want(&self) -> Want {
        match &self.state {
            State::SendClientHello => Want::Send(hello::CLIENT_HELLO),
            State::SendCertificate { .. } => Want::Send(64),
            // CertificateVerify may follow at once, in a record of its own.
            State::SendClientKeyExchange { .. } => {
                Want::Send(HEADER + 1 + MAX_PUBLIC_VALUE + RECORD_HEADER + HEADER + 2 + 2 + MAX_SIGNATURE)
            }
            State::SendFinished(_) => Want::Send(64),
            State::AwaitSignature { request, .. } => Want::Sign(*request),
            State::AwaitVerdict(_) => Want::Verify,
            State::Traffic(_) => Want::Nothing,
            State::ExpectServerHello(_)
            | State::ExpectCertificate(_)
            | State::ExpectServerKeyExchange { .. }
            | State::ExpectServerHelloDone { .. }
            | State::ReadCertificateRequest { .. }
            | State::ExpectNewSessionTicket(_)
            | State::ExpectChangeCipherSpec(_)
            | State::ExpectFinished(_)
            | State::Taken => Want::Peer,
        }
    }

    #[inline(never)]
    fn send(&mut self, link: &mut Link<'_, '_, P>, cx: &mut Context<'_>) -> Result<(), Error> {
        let config = self.config;
        self.transition(|state, store| match state {
            State::SendClientHello => hello::send_client_hello(config, store, link, cx),
            State::SendCertificate { agreed, answer, offset } => {
                agreed.send_certificate(config, answer, offset, link)
            }
            State::SendClientKeyExchange { agreed, answer } => {
                agreed.send_client_key_exchange(config, answer, link)
            }
            State::SendFinished(secured) => finish::send_finished(secured, store, link),
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
        self.transition(|state, store| match state {
            State::ExpectServerHello(offer) => {
                expect(&message, HandshakeType::SERVER_HELLO)?;
                offer.on_server_hello(config, store, &message, link)
            }
            State::ExpectCertificate(hello) => {
                expect(&message, HandshakeType::CERTIFICATE)?;
                hello.on_certificate(&message, cx.now)
            }
            State::ExpectServerKeyExchange { hello, server } => {
                expect(&message, HandshakeType::SERVER_KEY_EXCHANGE)?;
                key_exchange::on_server_key_exchange(config, hello, &server, &message, cx)
            }
            State::ExpectServerHelloDone { agreed, answer } => {
                expect(&message, HandshakeType::SERVER_HELLO_DONE)?;
                agreed.on_server_hello_done(answer, &message)
            }
            State::ExpectNewSessionTicket(secured) => {
                expect(&message, HandshakeType::NEW_SESSION_TICKET)?;
                finish::on_new_session_ticket(secured, store, &message, cx)
            }
            State::ExpectChangeCipherSpec(_) => Err(unexpected(Incoming::ChangeCipherSpec, &message)),
            State::ExpectFinished(secured) => {
                expect(&message, HandshakeType::FINISHED)?;
                finish::on_finished(secured, store, &message)
            }
            _ => Err(unexpected(Incoming::Nothing, &message)),
        })
    }

    fn takes_pieces(&self, bytes: &[u8]) -> bool {
        match &self.state {
            State::ExpectServerHelloDone { answer: None, .. } => {
                bytes.first() == Some(&HandshakeType::CERTIFICATE_REQUEST.0)
            }
            State::ReadCertificateRequest { .. } => true,
            _ => false,
        }
    }

    #[inline(never)]
    fn piece(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let config = self.config;
        if let State::ExpectServerHelloDone { .. } = &self.state {
            self.transition(|state, _| match state {
                State::ExpectServerHelloDone { agreed, .. } => {
                    Ok(State::ReadCertificateRequest { agreed, request: Request::new() })
                }
                _ => Err(Error::Bug),
            })?;
        }
        let State::ReadCertificateRequest { agreed, request } = &mut self.state else {
            return Err(Error::Bug);
        };
        let read = request.read(config, bytes)?;
        agreed.request_received(bytes.get(..read).ok_or(Error::Bug)?);
        if let Some(answer) = request.answer(config) {
            self.transition(|state, _| match state {
                State::ReadCertificateRequest { agreed, .. } => {
                    Ok(State::ExpectServerHelloDone { agreed, answer: Some(answer) })
                }
                _ => Err(Error::Bug),
            })?;
        }
        Ok(read)
    }

    #[inline(never)]
    fn change_cipher_spec(&mut self, link: &mut Link<'_, '_, P>) -> Result<(), Error> {
        let expected = self.expected();
        self.transition(|state, _| match state {
            State::ExpectChangeCipherSpec(secured) => finish::on_change_cipher_spec(secured, link),
            _ => Err(Error::Unexpected { expected, got: Incoming::ChangeCipherSpec }),
        })
    }

    #[inline(never)]
    fn signed(&mut self, signature: &[u8], link: &mut Link<'_, '_, P>) -> Result<(), Error> {
        self.transition(|state, _| match state {
            State::AwaitSignature { secured, request } => {
                finish::send_certificate_verify(secured, request.scheme, signature, link)
            }
            _ => Err(Error::Bug),
        })
    }

    #[inline(never)]
    fn verified(&mut self, message: Handshake<'_>, chain: CertificateList<'_>) -> Result<(), Error> {
        self.transition(|state, _| match state {
            State::AwaitVerdict(hello) => hello.on_verdict(&message, chain),
            _ => Err(Error::Bug),
        })
    }

    fn negotiated(&self) -> Option<Negotiated> {
        match &self.state {
            State::Traffic(negotiated) => Some(*negotiated),
            _ => None,
        }
    }

    fn forget(&mut self) {
        if let Some(store) = &mut self.store {
            store.void();
        }
    }
}

impl<P: Provider> Client<'_, P> {
    fn transition(
        &mut self,
        step: impl FnOnce(State<P>, Option<&mut Store>) -> Result<State<P>, Error>,
    ) -> Result<(), Error> {
        let state = core::mem::replace(&mut self.state, State::Taken);
        self.state = step(state, self.store.as_deref_mut())?;
        Ok(())
    }

    /// What the state waits for, for the report of something else.
    fn expected(&self) -> Incoming {
        Incoming::Handshake(match &self.state {
            State::ExpectServerHello(_) => HandshakeType::SERVER_HELLO,
            State::ExpectCertificate(_) => HandshakeType::CERTIFICATE,
            State::ExpectServerKeyExchange { .. } => HandshakeType::SERVER_KEY_EXCHANGE,
            State::ExpectServerHelloDone { .. } => HandshakeType::SERVER_HELLO_DONE,
            State::ExpectNewSessionTicket(_) => HandshakeType::NEW_SESSION_TICKET,
            State::ExpectFinished(_) => HandshakeType::FINISHED,
            State::ReadCertificateRequest { .. } => return Incoming::RestOfMessage,
            State::ExpectChangeCipherSpec(_) => return Incoming::ChangeCipherSpec,
            State::Traffic(_) => return Incoming::ApplicationData,
            _ => return Incoming::Nothing,
        })
    }
}
