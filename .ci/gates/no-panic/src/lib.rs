//! What the programs of this gate share: input that the compiler can't know, output that it can't drop, and a
//! panic handler that does not link.
//!
//! The handler calls a function that nobody defines. If no reachable code can panic, the linker drops the
//! handler together with this call; otherwise it refuses the program. Each program in `bin` is one part of
//! lsam-core's interface, so the name of a refused program says where to look.

#![no_std]

use bare as _;

mod handler;
mod streams;

pub use streams::{Output, read_input};

/// The maximum length of a program's input, in bytes.
pub const LONGEST_INPUT: usize = 1 << 16;
