//! The host of the agent: sockets, certificate store, signing keys, log and command lines around [`lsam_core`].
//!
//! Who knows whom, from the ground up:
//!
//! ```text
//! log, files, crypto
//! net     (log)                    sockets with deadlines
//! key                              private keys that sign digests
//! store   (key)                    certificates, keys and revocation lists in a folder
//! link    (net)                    a session's loop over a socket
//! agent   (link, store, key, net)  from MSLSAM.ini to connections that are served
//! netcom  (link, store, net)       the scheduling server's end, as a probe
//! authority, demo                  a small certification authority, and the agent shown at work
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod agent;
pub mod authority;
pub mod crypto;
pub mod demo;
mod files;
pub mod key;
pub mod link;
pub mod log;
pub mod net;
pub mod netcom;
pub mod store;
