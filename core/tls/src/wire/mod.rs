//! Bytes to values and back: the cursor types that every codec of this crate is written with.
//!
//! Integers are big-endian, as in TLS (RFC 5246 section 4.4) and in the scheduling protocol. Nothing here knows
//! what a field means; a codec names the place of a [`DecodeError`] itself.

mod moved;
mod reader;
mod writer;

pub use moved::copy_front;
pub(crate) use moved::move_within;
pub use reader::{DecodeError, Reader};
pub use writer::{BufferFull, LengthMark, Writer};
