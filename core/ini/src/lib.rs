#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::as_conversions,
        clippy::panic
    )
)]

#[cfg(test)]
extern crate std;

mod edit;
mod encoding;
mod reader;
mod text;
mod transcoder;

pub use edit::{Edit, EditError};
pub use encoding::{Encoding, to_utf8, utf8_room};
pub use reader::{Item, Line, Malformed, Position, Reader};
pub use text::{Chars, Text, Value};
pub use transcoder::{ByteOrder, NoRoom, Progress, Transcoder};
