//! The host of the agent: sockets, certificate store, signing keys, log and command lines around [`lsam_core`].
//!
//! Who knows whom, from the ground up:
//!
//! ```text
//! windows                          calls of the Windows API, and all that is unsafe
//! log, files, failed, crypto
//! event   (log)                    what MSLSAM.ini has the system's Event Log say
//! exposure (files)                 who could change what an agent runs with
//! config  (files)                  MSLSAM.ini: read, checked, shown and changed
//! net     (log)                    sockets with deadlines
//! key     (windows)                private keys that sign digests
//! store   (key, windows)           certificates, keys and revocation lists in a folder, or in Windows
//! identity (store, key)            the certificates that an end presents, and its key
//! trust   (store)                  whom an end believes, and what to do about a refusal
//! link    (net)                    a session's loop over a socket
//! agent   (all of these)           from MSLSAM.ini to connections that are served
//! netcom  (all of these)           the scheduling server's end, as a probe
//! cert    (store, authority)       what administrators do with a store
//! doctor  (all of these)           all that an administrator would look at, from the file to a connection
//! authority, demo                  a small certification authority, and the agent shown at work
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
pub mod service;
pub mod store;
pub mod trust;
#[cfg(windows)]
#[expect(unsafe_code, reason = "the Windows API is called here, and nowhere else")]
mod windows;
