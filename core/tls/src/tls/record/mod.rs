//! The record layer (RFC 5246 section 6.2): headers, protection, and the two buffers that the caller lends.

mod recv;
mod send;

use core::fmt;

pub(crate) use recv::{Opened, Opener, RecvBuffer};
pub(crate) use send::SendBuffer;

/// TLS 1.2 on the wire.
pub(crate) const VERSION: u16 = 0x0303;

/// What a record carries (RFC 5246 section 6.2.1); a peer may send any number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ContentType(pub u8);

impl ContentType {
    /// 20
    pub const CHANGE_CIPHER_SPEC: Self = Self(20);
    /// 21
    pub const ALERT: Self = Self(21);
    /// 22
    pub const HANDSHAKE: Self = Self(22);
    /// 23
    pub const APPLICATION_DATA: Self = Self(23);

    const fn is_known(self) -> bool {
        matches!(self.0, 20..=23)
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::CHANGE_CIPHER_SPEC => f.write_str("change_cipher_spec"),
            Self::ALERT => f.write_str("alert"),
            Self::HANDSHAKE => f.write_str("handshake"),
            Self::APPLICATION_DATA => f.write_str("application_data"),
            Self(code) => write!(f, "unknown type {code}"),
        }
    }
}

impl fmt::Debug for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
