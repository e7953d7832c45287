//! The record layer (RFC 5246 section 6.2): headers, protection, and the two buffers that the caller lends.

mod recv;
mod send;

pub(crate) use recv::{Opened, Opener, RecvBuffer};
pub(crate) use send::SendBuffer;

/// TLS 1.2 on the wire.
pub(crate) const VERSION: u16 = 0x0303;
