//! The agent: from its configuration to connections that are served.

mod certificate;
mod connection;
mod dynamic;
mod journal;
mod machine;
mod preparation;
mod refusal;
mod role;
mod service;
mod watch;

pub(crate) use certificate::{KNOWN, Sought, key_cure};
pub use journal::Journal;
pub use machine::Machine;
pub(crate) use preparation::{CORRECT, READABLE, STORE, trusted};
pub use preparation::{Preparation, Secured};
pub use refusal::Refusal;
pub use role::Role;
pub use service::Agent;
pub(crate) use service::listen_cure;
