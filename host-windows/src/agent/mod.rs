//! The agent: from its configuration to connections that are served.

mod certificate;
mod connection;
mod dynamic;
mod machine;
mod preparation;
mod refusal;
mod service;
mod watch;

pub use machine::Machine;
pub use preparation::{Preparation, Secured};
pub use refusal::Refusal;
pub use service::Agent;
