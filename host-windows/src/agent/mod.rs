//! The agent, from its configuration to the connections that it serves.

#[expect(clippy::module_inception, reason = "the type has the name of the module")]
mod agent;
mod answer;
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
mod shared;
mod store_watch;
mod tls_setup;
mod watch;

pub use agent::Agent;
pub(crate) use agent::listen_cure;
pub(crate) use certificate::{KNOWN, Sought, key_cure};
pub use journal::Journal;
pub use machine::Machine;
pub use refusal::Refusal;
pub(crate) use refusal::{CORRECT, READABLE, STORE};
pub use role::Role;
pub use setup::AgentSetup;
pub(crate) use tls_setup::client_trust;
pub use tls_setup::{CurrentTls, TlsSetup};
