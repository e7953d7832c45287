//! A scheduling server's connection, from its first byte to its end.

use std::net::SocketAddr;

use jiff::Zoned;
use lsam_core::agent::{
    AcceptedAddress, CheckCrc, ErrorMessage, MachineStatus, MachineStatusRequest, Message, MessageError,
};
use lsam_core::config::AllowedAddress;
use lsam_core::endpoint::{Endpoint, Incoming, Plain, Transport};
use lsam_core::tls::{self, Server, ServerConfig, ServerSession, SignRequest, SignerFailed};
use lsam_core::wire::BufferFull;
use lsam_core::x509::{CertificateError, CertificateList};

use super::{Identity, Machine, Preparation};
use crate::crypto::Provider;
use crate::link::{self, Deadlines, Host, Memory, Next};
use crate::log::Log;
use crate::net::Stream;

/// What every connection of an agent shares.
pub(super) struct Service {
    pub(super) preparation: Preparation,
    pub(super) machine: Machine,
    pub(super) deadlines: Deadlines,
    pub(super) log: Log,
}

impl Service {
    /// Serves one connection. Whatever happens in it ends in one line of the log, and the agent goes on.
    pub(super) fn serve(&self, stream: Stream, peer: SocketAddr) {
        let mut memory = Memory::new();
        let (buffers, messages) = memory.split();
        let mut connection = Connection { service: self, peer };
        let result = match &self.preparation.identity {
            None => {
                let transport = Transport::Plain(Plain::new(buffers.recv, buffers.send));
                let endpoint = Endpoint::new(transport, CheckCrc::On, messages);
                link::run(stream, endpoint, &self.deadlines, &mut connection)
            }
            Some(identity) => {
                let chain: Vec<&[u8]> = identity.chain.iter().map(Vec::as_slice).collect();
                let identities = [tls::Identity { chain: &chain, schemes: identity.key.schemes() }];
                let config = ServerConfig::new(&identities);
                match ServerSession::new(&config, buffers) {
                    Ok(session) => {
                        let endpoint = Endpoint::new(Transport::Tls(session), CheckCrc::On, messages);
                        link::run(stream, endpoint, &self.deadlines, &mut connection)
                    }
                    Err(error) => Err(lsam_core::endpoint::Error::Tls(error).into()),
                }
            }
        };
        match result {
            Ok(end) => self.log.information(format_args!("{peer}: {end}")),
            Err(error) => self.log.warning(format_args!("{peer}: {error}")),
        }
    }

    fn machine_status(&self, incoming: Incoming<'_>, peer: SocketAddr) -> Result<(), BufferFull> {
        let now = Zoned::now();
        let accepted: Vec<AcceptedAddress> = self
            .preparation
            .allowed
            .iter()
            .filter_map(|allowed| match *allowed {
                AllowedAddress::None => None,
                AllowedAddress::Any => Some(AcceptedAddress::Any),
                AllowedAddress::Only(address) => Some(AcceptedAddress::Only(address)),
            })
            .collect();
        incoming.reply.send(&MachineStatus {
            time: u64::try_from(now.timestamp().as_second()).unwrap_or_default(),
            time_zone: now.time_zone().iana_name().unwrap_or("unknown"),
            utc_offset: i16::try_from(now.offset().seconds() / 60).unwrap_or_default(),
            agent_version: env!("CARGO_PKG_VERSION"),
            os_type: &self.machine.os_type,
            os_version: &self.machine.os_version,
            host_name: &self.machine.host_name,
            agent_name: &self.preparation.service_name,
            agent_socket: self.preparation.socket,
            jors_socket: self.preparation.jors_socket,
            // This version starts no jobs and has no job output service yet.
            max_jobs: 0,
            jors: false,
            protocol: if self.preparation.identity.is_some() { "TLS 1.2" } else { "TCP/IP" },
            check_crc: true,
            accepted_addresses: lsam_core::agent::List::new(&accepted),
            smanetcom_socket: peer.port(),
            cpu_type: &self.machine.cpu_type,
            cpu_model: &self.machine.cpu_model,
            cpu_count: self.machine.cpu_count,
        })
    }
}

/// One connection.
struct Connection<'s> {
    service: &'s Service,
    peer: SocketAddr,
}

impl Connection<'_> {
    fn identity(&self) -> Option<&Identity> {
        self.service.preparation.identity.as_ref()
    }
}

impl Host<Server<'_, Provider>> for Connection<'_> {
    fn sign(&mut self, request: &SignRequest) -> Result<Vec<u8>, SignerFailed> {
        let identity = self.identity().ok_or(SignerFailed)?;
        identity.key.sign(request.scheme, &request.digest).map_err(|_| SignerFailed)
    }

    fn verify_peer(&mut self, _: CertificateList<'_>) -> Result<(), CertificateError> {
        // Clients are not asked for certificates; one that comes all the same has no reason to be trusted.
        Err(CertificateError::UnknownIssuer)
    }

    fn connected(
        &mut self,
        endpoint: &mut Endpoint<'_, Server<'_, Provider>, Provider>,
    ) -> Result<(), BufferFull> {
        let peer = self.peer;
        match endpoint.negotiated() {
            Some(negotiated) => self.service.log.information(format_args!("{peer}: connected, {negotiated}")),
            None => self.service.log.information(format_args!("{peer}: connected without TLS")),
        }
        Ok(())
    }

    fn message(&mut self, incoming: Incoming<'_>) -> Result<Next, BufferFull> {
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
                let (peer, number) = (self.peer, incoming.message_type);
                self.service.log.warning(format_args!("{peer}: message {number} refused: {error}"));
                incoming.reply.send(&ErrorMessage::from(error))?;
            }
        }
        Ok(Next::GoOn)
    }
}
