//! What the programs of this gate share: input that the compiler cannot know, output that it cannot drop, and
//! a panic handler that does not link.
//!
//! The handler calls a function that nobody defines. The linker drops the handler, and the call with it, when
//! nothing that can run leads to a panic; otherwise it refuses the program. Each program in `bin` is one part
//! of lsam-core's interface, so the name of a refused program says where to look.

#![no_std]

use bare as _;

mod handler;
mod streams;

pub use streams::{Output, read_input};

/// The most bytes of input that a program reads.
pub const LONGEST_INPUT: usize = 1 << 16;
