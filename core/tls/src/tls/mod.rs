//! A TLS 1.2 session (RFC 5246) for both roles, without I/O, allocation or a clock.
//!
//! The caller owns the buffers and lends two slices. Records are read into one of them and opened in place,
//! and application data is lent from it. Outgoing data is sealed in place in the other and drained from it.
//! [`Session::process`] returns one [`Event`]: what the host does next. The session pauses for the host at
//! two points: to sign (the key may be in a store that never releases it) and to verify the peer's chain.
//!
//! Modules: `codes` (code points) ◀ `message` (what handshake messages look like) ◀ `record` (protection and
//! buffers) ◀ `role` (what a session drives) ◀ `tls12` (what is specific to TLS 1.2) ◀ `server`, `client`
//! (the states). `session` is the loop over a role.

mod alert;
mod client;
mod codes;
mod config;
mod context;
mod data;
mod error;
mod event;
mod fragment;
mod group;
pub mod limits;
mod message;
mod peer_key;
mod record;
mod role;
mod server;
mod session;
mod store;
mod suite;
mod supported;
mod ticket;
mod tls12;
mod transcript;

pub use alert::AlertLevel;
pub use client::{Client, ClientSession};
pub use codes::{AlertDescription, ContentType, ExtensionType, HandshakeType, ProtocolVersion};
pub use config::{ClientAuth, ClientConfig, Identity, ServerConfig};
pub use context::{Buffers, Context};
pub use data::{AppData, DataSink, DataWriter};
pub use error::{Error, FromPeer, Incompatible, Misbehaved, Misuse, Structure};
pub use event::{Event, Negotiated, SignRequest, SignerFailed};
pub use fragment::MaxFragmentLength;
pub use group::NamedGroup;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub use message::fuzzing;
pub use role::Role;
pub use server::{Server, ServerSession};
pub use session::Session;
pub use store::{NotKept, NotOffered, StoredSession};
pub use suite::CipherSuite;
pub use ticket::{Resumption, ResumptionCheck, TicketKey, Tickets};
