//! Bytes to values and back: the cursors on which codecs are built.
//!
//! Integers are big-endian, as in TLS (RFC 5246 section 4.4). Nothing here depends on what a field means: the
//! codec itself reports where a [`DecodeError`] occurred.

mod moved;
mod reader;
mod writer;

pub use moved::copy_front;
pub(crate) use moved::move_within;
pub use reader::{DecodeError, Reader};
pub use writer::{BufferFull, LengthMark, Writer};
