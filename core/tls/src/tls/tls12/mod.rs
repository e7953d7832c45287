//! What TLS 1.2 alone knows (RFC 5246): key schedule, record protection, and the flights from Certificate to Finished.
//!
//! What it shares with other versions is above it: buffers of records, messages, transcript, tickets, the peer's key.

pub(crate) mod client;
pub(crate) mod key_schedule;
pub(crate) mod protection;
pub(crate) mod secured;
pub(crate) mod server;
