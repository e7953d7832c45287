//! Uses lsam-core as firmware does, without an allocator, a C library or `std`: both roles complete a
//! handshake with each other and exchange data, the client verifies the server's certificate, a settings file
//! is read and edited, and a message is written and read back.
//!
//! The proof is that it links: without an allocator, rustc refuses a program in which any crate uses `alloc`.
//! An exit code of 0 shows that the linker kept the relevant code. Other codes say what failed.

#![no_std]
#![no_main]

#[cfg(feature = "allocate")]
extern crate alloc;

use core::panic::PanicInfo;

use bare as _;

mod handshake;
mod text;

/// Runs every part, and returns the program's exit code.
#[unsafe(no_mangle)]
extern "C" fn run() -> i32 {
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

/// Ends the program with a signal, which can't be mistaken for an exit code.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: the instruction touches no memory and does not return.
    unsafe { core::arch::asm!("ud2", options(noreturn, nomem, nostack)) }
}
