//! The record layer (RFC 5246 section 6.2): headers, protection, and the two buffers that the caller lends.

mod protection;
mod recv;
mod send;

pub(crate) use protection::Protection;
pub(crate) use recv::{Opened, Opener, RecvBuffer};
pub(crate) use send::SendBuffer;

/// The version in the header of each record: that of TLS 1.2, which later versions still send there (RFC 8446
/// section 5.1).
pub(crate) const RECORD_VERSION: u16 = 0x0303;
