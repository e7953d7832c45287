//! The answers to the scheduling server's requests, each in its own file.

mod machine_status;

use std::fmt::Debug;
use std::net::SocketAddr;

use lsam_core::agent::{Message, MessageType, Request};
use lsam_core::endpoint::Reply;
use lsam_core::tls::ProtocolVersion;
use lsam_core::wire::BufferFull;

use super::service::Service;
use crate::log::{Kind, Level};

/// Serves `request`.
///
/// # Errors
/// [`BufferFull`] if the answer is longer than the send buffer.
pub(super) fn serve(request: Request, answer: Answer<'_, '_>) -> Result<(), BufferFull> {
    match request {
        Request::MachineStatus(request) => machine_status::serve(request, answer),
    }
}

/// The pending answer to a message.
pub(super) struct Answer<'a, 'r> {
    pub(super) service: &'a Service,
    pub(super) peer: SocketAddr,
    /// The version of TLS; `None` if the connection is plain.
    pub(super) version: Option<ProtocolVersion>,
    /// The type of that message.
    pub(super) message_type: MessageType,
    pub(super) reply: Reply<'r>,
}

impl Answer<'_, '_> {
    /// Sends the answer, and records it in the trace and in the log.
    ///
    /// # Errors
    /// As for [`serve`].
    pub(super) fn send<'m, M: Message<'m> + Debug>(self, message: &M) -> Result<(), BufferFull> {
        let Self { service, peer, message_type, reply, .. } = self;
        service.trace(peer, Kind::Sent, format_args!("sent {}: {message:?}", M::TYPE));
        let text = format_args!("{message_type} answered with {}", M::TYPE);
        service.log.of_peer(Level::Detail, peer, Kind::Answered, text);
        reply.send(message)
    }
}
