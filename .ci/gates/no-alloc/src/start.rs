//! Entry, exit and panic of a Linux program without start files.

use core::panic::PanicInfo;

// The kernel enters here with the stack pointer at the arguments; the ABI wants it aligned before a call.
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

extern "C" fn run() -> i32 {
    crate::run()
}

/// Ends the program with a signal, so that a panic is told from every exit code.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: the instruction touches no memory and does not return.
    unsafe { core::arch::asm!("ud2", options(noreturn, nomem, nostack)) }
}
