//! The host of the agent: sockets, certificate store, signing keys, log and command lines around
//! [`lsam_core`].
//!
//! Each module uses only those above it; the most important are in parentheses:
//!
//! ```text
//! windows                          calls of the Windows API, and all unsafe code
//! origin, failed, console          small things that several modules share
//! crypto                           the cryptographic provider, randomness and the clock
//! files    (windows)               files that are written as a whole, locked or private
//! log      (origin)                log files, their archive, and repeated lines
//! event    (log, windows)          reports to the system's Event Log, as MSLSAM.ini configures them
//! config   (files)                 MSLSAM.ini: read, checked, shown and changed
//! net      (log, origin)           sockets with deadlines
//! key      (crypto, windows)       private keys that sign digests
//! store    (files, key, windows)   certificates, keys and revocation lists in a folder, or in Windows
//! identity (store, key)            the certificates that an end presents, and its key
//! exposure (files, store)          who could change what an agent runs with
//! trust    (crypto, store)         what an end trusts, and what to do about a refusal
//! link     (crypto, net)           a session's loop over a socket
//! agent    (all of these)          from MSLSAM.ini to served connections
//! service  (agent)                 the agent in the Service Control Manager
//! netcom   (identity, link, trust) the scheduling server's end, as a probe
//! authority                        a small certification authority, for cert, demo and tests
//! cert     (authority, trust)      what administrators do with a store
//! demo     (agent, netcom)         a demonstration of the agent
//! doctor   (all of these)          every check an administrator would make, from the file to a connection
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used))]
#![deny(unsafe_code)]

pub mod agent;
pub mod authority;
pub mod cert;
pub mod config;
pub mod console;
pub mod crypto;
pub mod demo;
pub mod doctor;
pub mod event;
pub mod exposure;
mod failed;
mod files;
pub mod identity;
pub mod key;
pub mod link;
pub mod log;
pub mod net;
pub mod netcom;
pub mod origin;
pub mod service;
pub mod store;
pub mod trust;
#[cfg(windows)]
#[expect(unsafe_code, reason = "the Windows API is called here, and nowhere else")]
mod windows;
