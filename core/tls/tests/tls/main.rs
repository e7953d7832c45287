//! TLS sessions and adapters from outside. One program, because each program must be linked.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod abilities;
mod async_io;
mod blocking_io;
mod bug_classes;
mod certificate_request;
mod choices;
mod closing;
mod delivery;
mod embedded_tls_peer;
mod extensions;
mod finished;
mod handshake;
mod providers;
mod records;
mod refusals;
mod resumption;
mod rustls_peer;
mod signing;
mod sizes;
mod small_buffers;
mod state_oracle;
mod threads;
