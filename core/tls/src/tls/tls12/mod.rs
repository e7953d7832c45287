//! What only TLS 1.2 knows (RFC 5246): key schedule, record protection, the flights from Certificate to Finished, and the rules
//! for alerts and renegotiation.
//!
//! What it shares with other versions is above it: buffers of records, messages, transcript, tickets, the peer's key.

pub(crate) mod client;
pub(crate) mod key_schedule;
pub(crate) mod protection;
pub(crate) mod secured;
pub(crate) mod server;
pub(crate) mod warnings;
