//! The host of the agent: sockets, certificate store, signing keys, log and command lines around [`lsam_core`].

pub mod key;
pub mod log;
