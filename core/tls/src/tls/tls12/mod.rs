//! What is specific to TLS 1.2 (RFC 5246): key schedule, the flights from Certificate to Finished, and the
//! rules for alerts and renegotiation. Its record protection is in `record`.
//!
//! What it shares with other versions is in the parent module: buffers of records, messages, transcript,
//! tickets, the peer's key.

pub(crate) mod client;
pub(crate) mod key_schedule;
pub(crate) mod secured;
pub(crate) mod server;
pub(crate) mod warnings;
