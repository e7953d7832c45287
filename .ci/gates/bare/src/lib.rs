//! What a Linux program without a C library needs: an entry point, and the memory functions that rustc
//! expects.
//!
//! The program defines `extern "C" fn run() -> i32`, whose result is its exit code, and a panic handler.

#![no_std]

mod memory;

unsafe extern "C" {
    /// The program.
    fn run() -> i32;
}

// The kernel jumps here with the stack pointer at the arguments; the ABI requires it to be aligned before a
// call.
core::arch::global_asm!(
    ".globl _start",
    "_start:",
    "xor ebp, ebp",
    "and rsp, -16",
    "call {run}",
    "mov edi, eax",
    "mov eax, 60", // exit
    "syscall",
    run = sym run,
);
