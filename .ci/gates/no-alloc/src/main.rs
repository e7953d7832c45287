//! A program without an allocator, without a C library and without `std`, that does with lsam-core what firmware does:
//! both roles complete a handshake with each other and exchange data, the client judges the server's certificate, a
//! settings file is read and edited, and a message makes the round trip.
//!
//! That it links is the proof: rustc refuses a program in which any crate uses `alloc` while no allocator is given. That
//! it runs and exits 0 shows that the linker has not dropped the part that matters. Exit codes name what failed.

#![no_std]
#![no_main]

#[cfg(feature = "allocate")]
extern crate alloc;

mod handshake;
mod memory;
mod start;
mod text;

/// Runs every part; the exit code of the program.
fn run() -> i32 {
    #[cfg(feature = "allocate")]
    if core::hint::black_box(alloc::vec![1u8]).is_empty() {
        return 9;
    }
    if handshake::complete().is_none() {
        return 1;
    }
    if text::settings().is_none() {
        return 2;
    }
    if text::message().is_none() {
        return 3;
    }
    if text::edit().is_none() {
        return 4;
    }
    0
}
