//! The agent in this process, with clients of every kind.

mod crowd;
mod hostile;
mod logs;
mod netcom;
#[cfg(windows)]
mod schannel;
mod service;
