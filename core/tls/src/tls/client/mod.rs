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
//! If the server accepts the ticket, the client continues at ExpectNewSessionTicket, and SendFinished comes
//! last (RFC 5077 section 3.1).
//!
//! Any message other than the one in a state's name ends the session with unexpected_message.

pub(crate) mod hello;

use core::mem;

use super::config::ClientConfig;
use super::context::{Buffers, Context};
use super::error::{Error, FromPeer};
use super::event::Negotiated;
use super::message::Handshake;
use super::role::{Link, Machine, Role, Want};
use super::session::Session;
use super::store::{Store, StoredSession};
use super::tls12::client::finish::Finish;
use super::tls12::client::flight::Flight;
use super::tls12::client::proof::{Agreed, Proof};
use super::tls12::client::request::Answer;
use crate::crypto::Provider;
use crate::tls::codes::HandshakeType;
use crate::x509::CertificateList;
use hello::Offer;

/// A session in which this side is the client.
pub type ClientSession<'b, P> = Session<'b, Client<'b, P>, P>;

impl<'b, P: Provider> ClientSession<'b, P> {
    /// A session that is about to send a ClientHello.
    ///
    /// # Errors
    /// A buffer is smaller than its minimum, or [`Error::Misuse`] for an invalid configuration: an identity
    /// without certificates or with schemes that do not fit, a server_name that is not a DNS name, a protocol
    /// name of invalid length, or nothing that the provider can verify.
    pub fn new(config: &'b ClientConfig<'b>, buffers: Buffers<'b>) -> Result<Self, Error> {
        config.check::<P>()?;
        Self::with_machine(Client { config, store: None, state: State::SendClientHello }, buffers)
    }

    /// The same, with a slot for one session: the session in it is offered for resumption, and a session for
    /// which the server issues a ticket is stored there once the handshake is complete. If the configuration
    /// does not name its server, by `server_name` or `expected_peer`, no ticket is requested.
    ///
    /// # Errors
    /// Same as [`Self::new`].
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

/// How far the handshake has progressed. Within a part, the steps (`proof::Step` and the like) change in
/// place; only transitions between parts move secrets.
pub(crate) enum State<P: Provider> {
    SendClientHello,
    ExpectServerHello(Offer<P>),
    /// The hello messages have been exchanged: from Certificate to ServerKeyExchange.
    Proof(Proof<P>),
    /// There is a shared secret: from ServerHelloDone to ClientKeyExchange.
    Flight(Flight<P>),
    /// There is a master secret: from CertificateVerify to Finished.
    Finish(Finish<P>),
    Traffic(Negotiated),
    /// Taken by a step; nothing is put back if the step fails.
    Taken,
}

impl<P: Provider> Role<P> for Client<'_, P> {}

impl<P: Provider> Machine<P> for Client<'_, P> {
    const RENEGOTIATION: HandshakeType = HandshakeType::HELLO_REQUEST;

    fn want(&self) -> Want {
        match &self.state {
            State::SendClientHello => Want::Send(hello::CLIENT_HELLO),
            State::Proof(proof) => proof.want(),
            State::Flight(flight) => flight.want(),
            State::Finish(finish) => finish.want(),
            State::Traffic(_) => Want::Nothing,
            State::ExpectServerHello(_) | State::Taken => Want::Peer,
        }
    }

    #[inline(never)]
    fn send(&mut self, link: &mut Link<'_, '_, P>, cx: &mut Context<'_>) -> Result<(), Error> {
        let store = self.store.as_deref_mut();
        match &mut self.state {
            State::SendClientHello => {
                self.state =
                    State::ExpectServerHello(hello::send_client_hello(self.config, store, link, cx)?);
                Ok(())
            }
            State::Flight(flight) => match flight.send(self.config, link)? {
                Some(answer) => self.finish(answer),
                None => Ok(()),
            },
            State::Finish(finish) => {
                let complete = finish.send(store, link)?;
                self.complete(complete);
                Ok(())
            }
            _ => Err(Error::Bug),
        }
    }

    #[inline(never)]
    fn handshake(
        &mut self,
        message: Handshake<'_>,
        link: &mut Link<'_, '_, P>,
        cx: &mut Context<'_>,
    ) -> Result<(), Error> {
        match &mut self.state {
            State::ExpectServerHello(_) => {
                message.check_kind(HandshakeType::SERVER_HELLO)?;
                self.on_server_hello(&message, link)
            }
            State::Proof(proof) if proof.expects_key_exchange() => {
                message.check_kind(HandshakeType::SERVER_KEY_EXCHANGE)?;
                let agreed = proof.agree(self.config, &message, cx)?;
                self.flight(agreed);
                Ok(())
            }
            State::Proof(proof) => proof.on_certificate(&message, cx.now),
            State::Flight(flight) => flight.on_server_hello_done(&message),
            State::Finish(finish) => {
                let complete = finish.handshake(self.store.as_deref_mut(), &message, cx)?;
                self.complete(complete);
                Ok(())
            }
            _ => Err(message.instead_of(FromPeer::Nothing)),
        }
    }

    fn takes_pieces(&self, bytes: &[u8]) -> bool {
        matches!(&self.state, State::Flight(flight) if flight.takes_pieces(bytes))
    }

    #[inline(never)]
    fn piece(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let State::Flight(flight) = &mut self.state else { return Err(Error::Bug) };
        flight.piece(self.config, bytes)
    }

    #[inline(never)]
    fn change_cipher_spec(&mut self, link: &mut Link<'_, '_, P>) -> Result<(), Error> {
        let expected = match &mut self.state {
            State::Finish(finish) => return finish.change_cipher_spec(link),
            State::ExpectServerHello(_) => FromPeer::Handshake(HandshakeType::SERVER_HELLO),
            State::Proof(proof) => proof.expected(),
            State::Flight(flight) => flight.expected(),
            State::Traffic(_) => FromPeer::ApplicationData,
            State::SendClientHello | State::Taken => FromPeer::Nothing,
        };
        Err(Error::Unexpected { expected, got: FromPeer::ChangeCipherSpec })
    }

    #[inline(never)]
    fn signed(&mut self, signature: &[u8], link: &mut Link<'_, '_, P>) -> Result<(), Error> {
        let State::Finish(finish) = &mut self.state else { return Err(Error::Bug) };
        finish.signed(signature, link)
    }

    #[inline(never)]
    fn verified(&mut self, message: Handshake<'_>, chain: CertificateList<'_>) -> Result<(), Error> {
        let State::Proof(proof) = &mut self.state else { return Err(Error::Bug) };
        proof.on_verdict(&message, chain)
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

// The transitions between parts. Never inlined, so that the data is on the stack only while it moves.
impl<P: Provider> Client<'_, P> {
    #[inline(never)]
    fn on_server_hello(&mut self, message: &Handshake<'_>, link: &mut Link<'_, '_, P>) -> Result<(), Error> {
        if let State::ExpectServerHello(offer) = mem::replace(&mut self.state, State::Taken) {
            self.state = offer.on_server_hello(self.config, self.store.as_deref_mut(), message, link)?;
        }
        Ok(())
    }

    #[inline(never)]
    fn flight(&mut self, agreed: Agreed) {
        if let State::Proof(proof) = mem::replace(&mut self.state, State::Taken) {
            self.state = State::Flight(proof.into_flight(agreed));
        }
    }

    #[inline(never)]
    fn finish(&mut self, answer: Answer) -> Result<(), Error> {
        if let State::Flight(flight) = mem::replace(&mut self.state, State::Taken) {
            self.state = State::Finish(flight.finish(self.config, answer)?);
        }
        Ok(())
    }

    fn complete(&mut self, negotiated: Option<Negotiated>) {
        if let Some(negotiated) = negotiated {
            self.state = State::Traffic(negotiated);
        }
    }
}
