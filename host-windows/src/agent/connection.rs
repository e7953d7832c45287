//! A scheduling server's connection, from start to end.

use std::fmt::Display;
use std::net::SocketAddr;
use std::sync::Arc;

use lsam_core::agent::{CheckCrc, ErrorMessage, MessageError, Request};
use lsam_core::endpoint::{self, Plain, Received, Transport};
use lsam_core::tls::{
    self, ClientAuth, Incompatible, ProtocolVersion, Server, ServerConfig, ServerSession, SignRequest,
    SignerFailed,
};
use lsam_core::wire::BufferFull;
use lsam_core::x509::{CertificateError, CertificateList};

use super::answer::{self, Answer};
use super::service::Service;
use super::shared::Shared;
use super::{CurrentTls, TlsSetup};
use crate::crypto::Provider;
use crate::link::{self, Endpoint, Host, Inbox, Memory, Next};
use crate::log::{Kind, Level};
use crate::net::{Interrupted, Place, Stream};
use crate::store::Certificate;
use crate::trust::{Description, Presented, advice};

/// How many consecutive messages are refused before the connection is closed. A server that sends unsupported
/// messages learns this from the first answer; each further message only costs an answer and a line in the
/// log.
const MOST_REFUSED: u32 = 20;

/// Serves one connection. However it ends, the log gets one line, and the agent continues.
pub(super) fn serve(service: &Service, stream: Stream, peer: SocketAddr, place: &Place) {
    service.log.of_peer(Level::Detail, peer, Kind::Accepted, "accepted");
    let Shared { setup, deadlines, .. } = &*service.shared;
    let mut memory = Memory::new();
    let buffers = memory.buffers();
    // If the store changes in the meantime, this affects the next connection.
    let tls_setup = setup.tls.as_ref().map(CurrentTls::get);
    let mut connection = Connection {
        service,
        peer,
        place,
        tls_setup: tls_setup.clone(),
        presented: Presented::default(),
        refused: 0,
        version: None,
    };
    let result = match &tls_setup {
        None => {
            let transport = Transport::Plain(Plain::new(buffers.recv, buffers.send));
            let endpoint = Endpoint::new(transport, setup.dynamic.check_crc(), Inbox::default());
            link::run(stream, endpoint, deadlines, &mut connection)
        }
        Some(tls_setup) => tls_setup.identity.with_session(|identities| {
            let authorities = tls_setup.authorities.iter().map(Vec::as_slice).collect::<Vec<_>>();
            let mut config = ServerConfig::new(identities);
            if tls_setup.clients.is_some() {
                config.client_auth = ClientAuth::Required;
                config.client_authorities = &authorities;
            }
            match ServerSession::new(&config, buffers) {
                Ok(session) => {
                    let check = setup.dynamic.check_crc();
                    let endpoint = Endpoint::new(Transport::Tls(session), check, Inbox::default());
                    link::run(stream, endpoint, deadlines, &mut connection)
                }
                Err(error) => Err(endpoint::Error::Tls(error).into()),
            }
        }),
    };
    match result {
        Ok(end) => service.log.of_peer(Level::Information, peer, Kind::Closed, end),
        Err(error) => {
            let kind = match error {
                link::Error::Transport(Interrupted::Displaced) => Kind::Displaced,
                _ => Kind::Failed,
            };
            let level = if connection.is_probe(&error) { Level::Information } else { Level::Warning };
            service.log.of_peer(level, peer, kind, connection.failure(&error));
        }
    }
}

/// One connection.
struct Connection<'s> {
    service: &'s Service,
    peer: SocketAddr,
    /// Its TLS setup; `None` if it is plain.
    tls_setup: Option<Arc<TlsSetup>>,
    place: &'s Place,
    /// The client's certificates, once received.
    presented: Presented,
    /// How many of its messages were refused since the last one served.
    refused: u32,
    /// The version of TLS, once negotiated; `None` if it is plain.
    version: Option<ProtocolVersion>,
}

impl Connection<'_> {
    fn tls_setup(&self) -> Option<&TlsSetup> {
        self.tls_setup.as_deref()
    }

    fn say(&self, level: Level, kind: Kind, text: impl Display) {
        self.service.log.of_peer(level, self.peer, kind, text);
    }

    /// Answers a message that was refused because of `error`, if an answer is allowed, and returns whether
    /// the connection continues.
    fn refuse(&mut self, answer: Answer<'_, '_>, error: MessageError) -> Result<Next, BufferFull> {
        let message = answer.message_type;
        let answered = message.is_answered();
        let text = if answered { "" } else { "; replies and errors are not answered" };
        self.say(Level::Warning, Kind::MessageRefused, format_args!("{message} refused: {error}{text}"));
        if answered {
            answer.send(&ErrorMessage::from(error))?;
        }
        self.refused += 1;
        if self.refused < MOST_REFUSED {
            return Ok(Next::GoOn);
        }
        let text = format_args!("disconnected, {MOST_REFUSED} messages in a row were refused");
        self.say(Level::Warning, Kind::Failed, text);
        Ok(Next::Close)
    }

    /// Whether a program on this machine failed only because it presented no certificate, as the doctor does.
    fn is_probe(&self, error: &link::Error) -> bool {
        let cause = tls::Error::Incompatible(Incompatible::NoCertificate);
        matches!(error, link::Error::Endpoint(endpoint::Error::Tls(error)) if *error == cause)
            && self.peer.ip().to_canonical().is_loopback()
    }

    /// Why the connection failed; if a certificate was the reason, also which one, and what to do about it.
    fn failure(&self, error: &link::Error) -> String {
        let link::Error::Endpoint(endpoint::Error::Tls(cause)) = error else { return error.to_string() };
        match (*cause, self.tls_setup()) {
            (tls::Error::Certificate(rule), _) => {
                let advice = advice::client_certificate(rule);
                format!("the client's certificate was refused: {rule}. {} {advice}", self.presented)
            }
            (tls::Error::Incompatible(Incompatible::NoCertificate), _) if self.is_probe(error) => {
                format!(
                    "{error}. {} It is a program of this machine, as `lsam doctor` is.",
                    advice::NO_CLIENT_CERTIFICATE
                )
            }
            (tls::Error::Incompatible(Incompatible::NoCertificate), _) => {
                format!("{error}. {}", advice::NO_CLIENT_CERTIFICATE)
            }
            (tls::Error::AlertReceived(alert), Some(tls_setup)) => match advice::alert_to_agent(alert) {
                Some(advice) => {
                    let own = tls_setup.identity.chain.first().map(|der| Certificate::from_der(der));
                    let own = own.as_ref().and_then(|own| own.as_ref().ok());
                    format!("{error}. {advice} The agent's certificate: {}.", Description(own))
                }
                None => error.to_string(),
            },
            _ => error.to_string(),
        }
    }
}

impl Host<Server<'_, Provider>> for Connection<'_> {
    fn check_crc(&self) -> CheckCrc {
        self.service.shared.setup.dynamic.check_crc()
    }

    fn sign(&mut self, request: &SignRequest) -> Result<Vec<u8>, SignerFailed> {
        let tls_setup = self.tls_setup().ok_or(SignerFailed)?;
        tls_setup.identity.sign(request).map_err(|error| {
            self.say(Level::Error, Kind::Failed, error);
            SignerFailed
        })
    }

    fn verify_peer(&mut self, chain: CertificateList<'_>) -> Result<(), CertificateError> {
        self.presented = Presented::new(chain);
        // Without validation, no client certificate is requested, and one that is sent anyway is not trusted.
        let clients = self.tls_setup().and_then(|tls_setup| tls_setup.clients.as_ref());
        let verified = clients.ok_or(CertificateError::UnknownIssuer)?.verify_client(chain)?;
        if let Some(reason) = verified.unknown_revocation {
            let text = format_args!(
                "accepted, but whether the client's certificate has been revoked is unknown: {reason}. {}",
                self.presented
            );
            self.say(Level::Warning, Kind::Certificate, text);
        }
        Ok(())
    }

    fn connected(&mut self, endpoint: &mut Endpoint<'_, Server<'_, Provider>>) -> Result<(), BufferFull> {
        let (level, kind) = (Level::Information, Kind::Connected);
        self.version = endpoint.negotiated().map(|negotiated| negotiated.version);
        match (endpoint.negotiated(), self.presented.leaf()) {
            (Some(negotiated), None) => self.say(level, kind, format_args!("connected, {negotiated}")),
            (Some(negotiated), client) => {
                self.say(level, kind, format_args!("connected, {negotiated}: {}", Description(client)));
            }
            (None, _) => self.say(level, kind, "connected without TLS"),
        }
        // Only a certificate that was requested and verified authenticates the peer.
        match self.tls_setup() {
            Some(TlsSetup { clients: Some(_), .. }) => self.place.admit(),
            _ => self.place.connected(),
        }
        Ok(())
    }

    fn message(&mut self, received: Received<'_>) -> Result<Next, BufferFull> {
        // The setting may have changed since the connection was accepted.
        if !self.service.shared.setup.dynamic.allows(self.peer.ip()) {
            let text = "disconnected, its address is no longer in AllowedIPAddress_1 to _4";
            self.say(Level::Warning, Kind::Refused, text);
            return Ok(Next::Close);
        }
        let Received { message_type, frame, reply } = received;
        let (service, peer) = (self.service, self.peer);
        // Their contents are not logged: messages that start jobs contain passwords.
        match &frame {
            Ok(frame) => {
                let (correlation, len) = (frame.correlation, frame.body.len());
                let text = format_args!("received {message_type}, correlation {correlation}, {len} bytes");
                service.trace(peer, Kind::Received, text);
            }
            Err(error) => {
                service.trace(peer, Kind::Received, format_args!("received {message_type}: {error}"));
            }
        }
        let answer = Answer { service, peer, version: self.version, message_type, reply };
        match frame.and_then(|frame| Request::parse(&frame)) {
            Ok(request) => {
                self.refused = 0;
                self.place.served();
                answer::serve(request, answer)?;
                Ok(Next::GoOn)
            }
            Err(error) => self.refuse(answer, error),
        }
    }
}
