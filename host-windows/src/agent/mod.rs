//! The agent: from its configuration to connections that are served.

mod connection;
mod identity;
mod machine;
mod preparation;
mod refusal;
mod service;

pub use identity::Identity;
pub use machine::Machine;
pub use preparation::Preparation;
pub use refusal::Refusal;
pub use service::Agent;
