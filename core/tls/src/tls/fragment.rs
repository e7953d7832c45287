//! How long records may be: max_fragment_length (RFC 6066 section 4) and record_size_limit (RFC 8449).

use core::num::NonZeroUsize;

use super::error::{Error, Misbehaved};
use super::limits::MAX_FRAGMENT;
use crate::wire::{BufferFull, Writer};

/// A limit that a client may request. It applies in both directions, starting with the hello messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxFragmentLength {
    /// 512 bytes
    Bytes512,
    /// 1024 bytes
    Bytes1024,
    /// 2048 bytes
    Bytes2048,
    /// 4096 bytes
    Bytes4096,
}

impl MaxFragmentLength {
    /// The longest plaintext of a record, in bytes.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Bytes512 => 512,
            Self::Bytes1024 => 1024,
            Self::Bytes2048 => 2048,
            Self::Bytes4096 => 4096,
        }
    }

    /// The limit of `bytes` bytes, if there is a code for it.
    pub const fn from_bytes(bytes: usize) -> Option<Self> {
        match bytes {
            512 => Some(Self::Bytes512),
            1024 => Some(Self::Bytes1024),
            2048 => Some(Self::Bytes2048),
            4096 => Some(Self::Bytes4096),
            _ => None,
        }
    }

    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Bytes512 => 1,
            Self::Bytes1024 => 2,
            Self::Bytes2048 => 3,
            Self::Bytes4096 => 4,
        }
    }

    pub(crate) const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Bytes512),
            2 => Some(Self::Bytes1024),
            3 => Some(Self::Bytes2048),
            4 => Some(Self::Bytes4096),
            _ => None,
        }
    }
}

/// The longest plaintexts of sealed records, as negotiated in the hello messages.
#[derive(Clone, Copy)]
pub(crate) struct FragmentLimits {
    pub(crate) send: SendLimit,
    pub(crate) recv: usize,
}

/// The longest plaintext of a record that is sent. Message lengths are divided by it, so it cannot be zero.
pub(crate) type SendLimit = NonZeroUsize;

/// The longest plaintext that TLS allows (RFC 5246 section 6.2.1).
pub(crate) const NO_SEND_LIMIT: SendLimit = SendLimit::MIN.saturating_add(MAX_FRAGMENT - 1);

impl FragmentLimits {
    /// Without negotiation.
    pub(crate) const NONE: Self = Self { send: NO_SEND_LIMIT, recv: MAX_FRAGMENT };

    /// With the peer's record_size_limit and ours, or the max_fragment_length that was negotiated. If a
    /// client offers both, record_size_limit takes precedence (RFC 8449 section 5).
    pub(crate) fn agreed(record_size: Option<(usize, usize)>, fragment: Option<MaxFragmentLength>) -> Self {
        let (send, recv) = match (record_size, fragment) {
            (Some(limits), _) => limits,
            (None, Some(length)) => (length.bytes(), length.bytes()),
            (None, None) => return Self::NONE,
        };
        Self { send: SendLimit::new(send).unwrap_or(NO_SEND_LIMIT), recv }
    }
}

/// The peer's RecordSizeLimit: at least 64. A value above the limit of TLS 1.2 has no effect (RFC 8449
/// section 4).
pub(crate) fn record_size_limit(value: u16) -> Result<usize, Error> {
    if value < 64 { Err(Misbehaved::FragmentLimit.into()) } else { Ok(usize::from(value).min(MAX_FRAGMENT)) }
}

pub(crate) fn emit_record_size_limit(limit: usize, w: &mut Writer<'_>) -> Result<(), BufferFull> {
    w.u16(u16::try_from(limit).map_err(|_| BufferFull)?)
}
