//! A scheduling server's connection, from its first byte to its end.

use std::fmt::{Debug, Display};
use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Zoned;
use lsam_core::agent::{
    AcceptedAddress, CheckCrc, ErrorMessage, MachineStatus, MachineStatusRequest, Message, MessageError,
};
use lsam_core::config::AllowedAddress;
use lsam_core::endpoint::{self, Endpoint, Incoming, Plain, Transport};
use lsam_core::tls::{
    self, ClientAuth, Incompatible, Server, ServerConfig, ServerSession, SignRequest, SignerFailed,
};
use lsam_core::wire::BufferFull;
use lsam_core::x509::{CertificateError, CertificateList};

use super::{Current, Journal, Machine, Preparation, Role, Secured};
use crate::crypto::Provider;
use crate::link::{self, Deadlines, Host, Memory, Next};
use crate::log::Log;
use crate::net::Stream;
use crate::store::Certificate;
use crate::trust::{Description, Presented, advice};

/// What the services of an agent share.
pub(super) struct Shared {
    pub(super) preparation: Preparation,
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
    pub(super) fn serve(&self, stream: Stream, peer: SocketAddr) {
        self.log.detail(format_args!("{peer}: accepted"));
        let Shared { preparation, deadlines, .. } = &*self.shared;
        let mut memory = Memory::new();
        let (buffers, messages) = memory.split();
        // A store that changes meanwhile concerns the next connection.
        let secured = preparation.secured.as_ref().map(Current::get);
        let mut connection =
            Connection { service: self, peer, secured: secured.clone(), presented: Presented::default() };
        let result = match &secured {
            None => {
                let transport = Transport::Plain(Plain::new(buffers.recv, buffers.send));
                let endpoint = Endpoint::new(transport, preparation.dynamic.check_crc(), messages);
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
                        let check = preparation.dynamic.check_crc();
                        let endpoint = Endpoint::new(Transport::Tls(session), check, messages);
                        link::run(stream, endpoint, deadlines, &mut connection)
                    }
                    Err(error) => Err(endpoint::Error::Tls(error).into()),
                }
            }),
        };
        match result {
            Ok(end) => self.log.information(format_args!("{peer}: {end}")),
            Err(error) => self.log.warning(format_args!("{peer}: {}", connection.failure(&error))),
        }
    }

    fn machine_status(&self, incoming: Incoming<'_>, peer: SocketAddr) -> Result<(), BufferFull> {
        let Shared { preparation, machine, .. } = &*self.shared;
        let now = Zoned::now();
        let accepted: Vec<AcceptedAddress> = preparation
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
            agent_name: &preparation.service_name,
            agent_socket: preparation.socket,
            jors_socket: preparation.jors_socket,
            // This version starts no jobs, so that JORS has no output to show.
            max_jobs: 0,
            jors: false,
            protocol: if preparation.secured.is_some() { "TLS 1.2" } else { "TCP/IP" },
            check_crc: preparation.dynamic.check_crc() == CheckCrc::On,
            accepted_addresses: lsam_core::agent::List::new(&accepted),
            smanetcom_socket: peer.port(),
            cpu_type: &machine.cpu_type,
            cpu_model: &machine.cpu_model,
            cpu_count: machine.cpu_count,
        };
        self.answer(incoming, peer, &status)
    }

    /// Answers a message.
    fn answer<'m, M: Message<'m> + Debug>(
        &self,
        incoming: Incoming<'_>,
        peer: SocketAddr,
        answer: &M,
    ) -> Result<(), BufferFull> {
        self.trace(format_args!("{peer}: sent {}: {answer:?}", M::TYPE));
        self.log.detail(format_args!("{peer}: {} answered with {}", incoming.message_type, M::TYPE));
        incoming.reply.send(answer)
    }

    /// What the scheduling server says to the agent; what it says to JORS is not traced.
    fn trace(&self, text: impl Display) {
        if self.role == Role::Agent {
            self.shared.journal.trace(text);
        }
    }
}

/// One connection.
struct Connection<'s> {
    service: &'s Service,
    peer: SocketAddr,
    /// What it is secured with, if it is not plain.
    secured: Option<Arc<Secured>>,
    /// The client's certificates, once they have come.
    presented: Presented,
}

impl Connection<'_> {
    fn secured(&self) -> Option<&Secured> {
        self.secured.as_deref()
    }

    /// Why the connection failed; when it was for a certificate, which one it is and what can be done.
    fn failure(&self, error: &link::Error) -> String {
        let link::Error::Endpoint(endpoint::Error::Tls(cause)) = error else { return error.to_string() };
        match (*cause, self.secured()) {
            (tls::Error::Certificate(rule), _) => {
                let advice = advice::client_certificate(rule);
                format!("the client's certificate was refused: {rule}. {} {advice}", self.presented)
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
        self.service.shared.preparation.dynamic.check_crc()
    }

    fn sign(&mut self, request: &SignRequest) -> Result<Vec<u8>, SignerFailed> {
        let secured = self.secured().ok_or(SignerFailed)?;
        secured.identity.sign(request).map_err(|error| {
            self.service.log.error(format_args!("{}: {error}", self.peer));
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
            let (peer, presented) = (self.peer, &self.presented);
            self.service.log.warning(format_args!(
                "{peer}: accepted, but whether the client's certificate has been revoked is unknown: {reason}. \
                 {presented}"
            ));
        }
        Ok(())
    }

    fn connected(
        &mut self,
        endpoint: &mut Endpoint<'_, Server<'_, Provider>, Provider>,
    ) -> Result<(), BufferFull> {
        let peer = self.peer;
        match (endpoint.negotiated(), self.presented.leaf()) {
            (Some(negotiated), None) => {
                self.service.log.information(format_args!("{peer}: connected, {negotiated}"));
            }
            (Some(negotiated), client) => self
                .service
                .log
                .information(format_args!("{peer}: connected, {negotiated}: {}", Description(client))),
            (None, _) => self.service.log.information(format_args!("{peer}: connected without TLS")),
        }
        Ok(())
    }

    fn message(&mut self, incoming: Incoming<'_>) -> Result<Next, BufferFull> {
        // The setting may have changed since the connection was accepted.
        if !self.service.shared.preparation.dynamic.allows(self.peer.ip()) {
            let peer = self.peer;
            self.service.log.warning(format_args!(
                "{peer}: disconnected, its address is no longer in AllowedIPAddress_1 to _4"
            ));
            return Ok(Next::Close);
        }
        let (peer, number) = (self.peer, incoming.message_type);
        // Without what is in them: messages that start jobs have passwords.
        match &incoming.frame {
            Ok(frame) => self.service.trace(format_args!(
                "{peer}: received {number}, correlation {}, {} bytes",
                frame.correlation,
                frame.body.len()
            )),
            Err(error) => self.service.trace(format_args!("{peer}: received {number}: {error}")),
        }
        let refused = match &incoming.frame {
            Ok(frame) if frame.message_type == MachineStatusRequest::TYPE => {
                frame.message::<MachineStatusRequest>().err()
            }
            Ok(_) => Some(MessageError::UnknownType),
            Err(error) => Some(*error),
        };
        match refused {
            None => self.service.machine_status(incoming, self.peer)?,
            Some(error) => {
                self.service.log.warning(format_args!("{peer}: message {number} refused: {error}"));
                self.service.answer(incoming, peer, &ErrorMessage::from(error))?;
            }
        }
        Ok(Next::GoOn)
    }
}
