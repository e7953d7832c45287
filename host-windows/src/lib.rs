//! The host of the agent: sockets, certificate store, signing keys, log and command lines around [`lsam_core`].

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod agent;
pub mod authority;
mod files;
pub mod key;
pub mod log;
pub mod net;
pub mod store;
