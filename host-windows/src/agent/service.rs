//! What the connections of a service share.

use std::fmt::Display;
use std::net::SocketAddr;
use std::sync::Arc;

use super::Role;
use super::shared::Shared;
use crate::log::{Kind, Log};

/// Shared by all connections of a service.
pub(super) struct Service {
    pub(super) shared: Arc<Shared>,
    pub(super) role: Role,
    pub(super) log: Log,
}

impl Service {
    pub(super) fn new(shared: &Arc<Shared>, role: Role) -> Self {
        Self { shared: Arc::clone(shared), role, log: shared.journal.log_of(role).clone() }
    }

    /// Traces the messages between the scheduling server and the agent, but not those of JORS.
    pub(super) fn trace(&self, peer: SocketAddr, kind: Kind, text: impl Display) {
        if self.role == Role::Agent {
            self.shared.journal.trace(peer, kind, text);
        }
    }
}
