//! What the services of an agent share.

use std::sync::Arc;

use super::{AgentSetup, Journal, Machine};
use crate::link::Deadlines;

/// Shared by the services of an agent.
pub(super) struct Shared {
    pub(super) setup: AgentSetup,
    pub(super) machine: Machine,
    pub(super) deadlines: Deadlines,
    pub(super) journal: Arc<Journal>,
}
