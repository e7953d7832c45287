//! The agent: from its configuration to connections that are served.

mod beside;
mod certificate;
mod connection;
mod dynamic;
mod journal;
mod machine;
mod preparation;
mod refusal;
mod renewal;
mod role;
mod secured;
mod service;
mod store_watch;
mod watch;

pub(crate) use certificate::{KNOWN, Sought, key_cure};
pub use journal::Journal;
pub use machine::Machine;
pub use preparation::Preparation;
pub use refusal::Refusal;
pub(crate) use refusal::{CORRECT, READABLE, STORE};
pub use role::Role;
pub(crate) use secured::trusted;
pub use secured::{Current, Secured};
pub use service::Agent;
pub(crate) use service::listen_cure;
