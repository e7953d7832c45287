//! A scheduling server's connection, from its first byte to its end.

use std::fmt::{Debug, Display};
use std::net::SocketAddr;
use std::sync::Arc;

use jiff::ZonedDateTime;
use lsam_core::agent::{
    AcceptedAddress, CheckCrc, ErrorMessage, MachineStatus, MachineStatusRequest, Message, MessageError,
};
use lsam_core::config::AllowedAddress;
use lsam_core::endpoint::{self, Plain, Received, Transport};
use lsam_core::tls::{
    self, ClientAuth, Incompatible, Server, ServerConfig, ServerSession, SignRequest, SignerFailed,
};
use lsam_core::wire::BufferFull;
use lsam_core::x509::{CertificateError, CertificateList};

use super::{AgentSetup, CurrentTls, Journal, Machine, Role, TlsSetup};
use crate::crypto::Provider;
use crate::link::{self, Deadlines, Endpoint, Host, Inbox, Memory, Next};
use crate::log::{Kind, Level, Log};
use crate::net::{Interrupted, Place, Stream};
use crate::store::Certificate;
use crate::trust::{Description, Presented, advice};

/// How many messages in a row are refused before the connection is closed. A server that asks for what this agent does not
/// serve learns it from the first; more of them are noise, each with an answer and a line of the log.
const MOST_REFUSED: u32 = 20;

/// What the services of an agent share.
pub(super) struct Shared {
    pub(super) setup: AgentSetup,
    pub(super) machine: Machine,
    pub(super) deadlines: Deadlines,
    pub(super) journal: Arc<Journal>,
}

/// What every connection of a service shares.
pub(super) struct Service {
    pub(super) shared: Arc<Shared>,
    pub(super) role: Role,
    log: Log,
}

impl Service {
    pub(super) fn new(shared: &Arc<Shared>, role: Role) -> Self {
        Self { shared: Arc::clone(shared), role, log: shared.journal.log_of(role).clone() }
    }

    /// Serves one connection. Whatever happens in it ends in one line of the log, and the agent goes on.
    pub(super) fn serve(&self, stream: Stream, peer: SocketAddr, place: &Place) {
        self.log.of_peer(Level::Detail, peer, Kind::Accepted, "accepted");
        let Shared { setup, deadlines, .. } = &*self.shared;
        let mut memory = Memory::new();
        let buffers = memory.buffers();
        // A store that changes meanwhile concerns the next connection.
        let secured = setup.tls.as_ref().map(CurrentTls::get);
        let mut connection = Connection {
            service: self,
            peer,
            place,
            secured: secured.clone(),
            presented: Presented::default(),
            refused: 0,
        };
        let result = match &secured {
            None => {
                let transport = Transport::Plain(Plain::new(buffers.recv, buffers.send));
                let endpoint = Endpoint::new(transport, setup.dynamic.check_crc(), Inbox::default());
                link::run(stream, endpoint, deadlines, &mut connection)
            }
            Some(secured) => secured.identity.with_session(|identities| {
                let authorities = secured.authorities.iter().map(Vec::as_slice).collect::<Vec<_>>();
                let mut config = ServerConfig::new(identities);
                if secured.clients.is_some() {
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
            Ok(end) => self.log.of_peer(Level::Information, peer, Kind::Closed, end),
            Err(error) => {
                let kind = match error {
                    link::Error::Transport(Interrupted::Displaced) => Kind::Displaced,
                    _ => Kind::Failed,
                };
                let level = if connection.is_probe(&error) { Level::Information } else { Level::Warning };
                self.log.of_peer(level, peer, kind, connection.failure(&error));
            }
        }
    }

    fn machine_status(&self, received: Received<'_>, peer: SocketAddr) -> Result<(), BufferFull> {
        let Shared { setup, machine, .. } = &*self.shared;
        let now = ZonedDateTime::now();
        let accepted: Vec<AcceptedAddress> = setup
            .dynamic
            .allowed()
            .iter()
            .filter_map(|allowed| match *allowed {
                AllowedAddress::None => None,
                AllowedAddress::Any => Some(AcceptedAddress::Any),
                AllowedAddress::Only(address) => Some(AcceptedAddress::Only(address)),
            })
            .collect();
        let status = MachineStatus {
            time: u64::try_from(now.timestamp().as_second()).unwrap_or_default(),
            time_zone: now.time_zone().iana_name().unwrap_or("unknown"),
            utc_offset: i16::try_from(now.offset().seconds() / 60).unwrap_or_default(),
            agent_version: env!("CARGO_PKG_VERSION"),
            os_type: &machine.os_type,
            os_version: &machine.os_version,
            host_name: &machine.host_name,
            agent_name: &setup.service_name,
            agent_socket: setup.socket,
            jors_socket: setup.jors_socket,
            // This version starts no jobs, so that JORS has no output to show.
            max_jobs: 0,
            jors: false,
            protocol: if setup.tls.is_some() { "TLS 1.2" } else { "TCP/IP" },
            check_crc: setup.dynamic.check_crc() == CheckCrc::On,
            accepted_addresses: lsam_core::agent::List::new(&accepted),
            smanetcom_socket: peer.port(),
            cpu_type: &machine.cpu_type,
            cpu_model: &machine.cpu_model,
            cpu_count: machine.cpu_count,
        };
        self.answer(received, peer, &status)
    }

    /// Answers a message.
    fn answer<'m, M: Message<'m> + Debug>(
        &self,
        received: Received<'_>,
        peer: SocketAddr,
        answer: &M,
    ) -> Result<(), BufferFull> {
        self.trace(peer, Kind::Sent, format_args!("sent {}: {answer:?}", M::TYPE));
        let text = format_args!("{} answered with {}", received.message_type, M::TYPE);
        self.log.of_peer(Level::Detail, peer, Kind::Answered, text);
        received.reply.send(answer)
    }

    /// What the scheduling server says to the agent; what it says to JORS is not traced.
    fn trace(&self, peer: SocketAddr, kind: Kind, text: impl Display) {
        if self.role == Role::Agent {
            self.shared.journal.trace(peer, kind, text);
        }
    }
}

/// One connection.
struct Connection<'s> {
    service: &'s Service,
    peer: SocketAddr,
    /// What it is secured with, if it is not plain.
    secured: Option<Arc<TlsSetup>>,
    place: &'s Place,
    /// The client's certificates, once they have come.
    presented: Presented,
    /// How many of its messages were refused since the last that was served.
    refused: u32,
}

impl Connection<'_> {
    fn secured(&self) -> Option<&TlsSetup> {
        self.secured.as_deref()
    }

    fn say(&self, level: Level, kind: Kind, text: impl Display) {
        self.service.log.of_peer(level, self.peer, kind, text);
    }

    /// Answers a message that is refused for `error`, if it may be answered, and says whether the connection goes on.
    fn refuse(&mut self, received: Received<'_>, error: MessageError) -> Result<Next, BufferFull> {
        let message = received.message_type;
        let answered = message.is_answered();
        let text = if answered { "" } else { "; replies and errors are not answered" };
        self.say(Level::Warning, Kind::MessageRefused, format_args!("{message} refused: {error}{text}"));
        if answered {
            self.service.answer(received, self.peer, &ErrorMessage::from(error))?;
        }
        self.refused += 1;
        if self.refused < MOST_REFUSED {
            return Ok(Next::GoOn);
        }
        let text = format_args!("disconnected, {MOST_REFUSED} messages in a row were refused");
        self.say(Level::Warning, Kind::Failed, text);
        Ok(Next::Close)
    }

    /// Whether a program of this machine has shown no certificate, and failed for that only: as the doctor does.
    fn is_probe(&self, error: &link::Error) -> bool {
        let cause = tls::Error::Incompatible(Incompatible::NoCertificate);
        matches!(error, link::Error::Endpoint(endpoint::Error::Tls(error)) if *error == cause)
            && self.peer.ip().to_canonical().is_loopback()
    }

    /// Why the connection failed; when it was for a certificate, which one it is and what can be done.
    fn failure(&self, error: &link::Error) -> String {
        let link::Error::Endpoint(endpoint::Error::Tls(cause)) = error else { return error.to_string() };
        match (*cause, self.secured()) {
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
            (tls::Error::AlertReceived(alert), Some(secured)) => match advice::alert_to_agent(alert) {
                Some(advice) => {
                    let own = secured.identity.chain.first().map(|der| Certificate::from_der(der));
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
        let secured = self.secured().ok_or(SignerFailed)?;
        secured.identity.sign(request).map_err(|error| {
            self.say(Level::Error, Kind::Failed, error);
            SignerFailed
        })
    }

    fn verify_peer(&mut self, chain: CertificateList<'_>) -> Result<(), CertificateError> {
        self.presented = Presented::new(chain);
        // Without validation clients are not asked for certificates; one that comes all the same has no reason to be
        // trusted.
        let clients = self.secured().and_then(|secured| secured.clients.as_ref());
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
        match (endpoint.negotiated(), self.presented.leaf()) {
            (Some(negotiated), None) => self.say(level, kind, format_args!("connected, {negotiated}")),
            (Some(negotiated), client) => {
                self.say(level, kind, format_args!("connected, {negotiated}: {}", Description(client)));
            }
            (None, _) => self.say(level, kind, "connected without TLS"),
        }
        // Only a certificate that was asked for and verified says who this is.
        match self.secured() {
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
        let (peer, number) = (self.peer, received.message_type);
        // Without what is in them: messages that start jobs have passwords.
        match &received.frame {
            Ok(frame) => {
                let (correlation, len) = (frame.correlation, frame.body.len());
                let text = format_args!("received {number}, correlation {correlation}, {len} bytes");
                self.service.trace(peer, Kind::Received, text);
            }
            Err(error) => {
                self.service.trace(peer, Kind::Received, format_args!("received {number}: {error}"));
            }
        }
        let refused = match &received.frame {
            Ok(frame) if frame.message_type == MachineStatusRequest::TYPE => {
                frame.message::<MachineStatusRequest>().err()
            }
            Ok(_) => Some(MessageError::UnknownType),
            Err(error) => Some(*error),
        };
        if let Some(error) = refused {
            return self.refuse(received, error);
        }
        self.refused = 0;
        self.place.served();
        self.service.machine_status(received, peer)?;
        Ok(Next::GoOn)
    }
}
