//! The agent in this process, with clients of every kind.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../common/mod.rs"]
mod common;

mod crowd;
mod hostile;
mod logs;
mod netcom;
#[cfg(windows)]
mod schannel;
mod service;
