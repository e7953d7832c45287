//! The agent: from its configuration to served connections.

mod beside;
mod certificate;
mod connection;
mod dynamic;
mod journal;
mod machine;
mod refusal;
mod renewal;
mod role;
mod service;
mod setup;
mod store_watch;
mod tls_setup;
mod watch;

pub(crate) use certificate::{KNOWN, Sought, key_cure};
pub use journal::Journal;
pub use machine::Machine;
pub use refusal::Refusal;
pub(crate) use refusal::{CORRECT, READABLE, STORE};
pub use role::Role;
pub use service::Agent;
pub(crate) use service::listen_cure;
pub use setup::AgentSetup;
pub(crate) use tls_setup::client_trust;
pub use tls_setup::{CurrentTls, TlsSetup};
