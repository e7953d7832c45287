//! What the programs of this gate share: a start without a C library, input that no compiler can know, output that it
//! can't drop, and a panic handler that does not link.
//!
//! The handler calls a function that nobody defines. The linker drops the handler, and the call with it, when nothing
//! that can run leads to a panic; else it refuses the program. Each program in `bin` is one part of lsam-core's interface,
//! so that the name of the program that is refused says where to look.

#![no_std]

#[path = "../../no-alloc/src/memory.rs"]
mod memory;
mod start;
mod streams;

pub use streams::{Output, read_input};

/// Bytes of input that a program takes.
pub const LONGEST_INPUT: usize = 1 << 16;
