//! Entry, exit and panic of a Linux program without start files.

use core::panic::PanicInfo;

unsafe extern "C" {
    /// The program, which each file in `bin` defines.
    fn run();
}

// The kernel enters here with the stack pointer at the arguments; the ABI wants it aligned before a call.
core::arch::global_asm!(
    ".globl _start",
    "_start:",
    "xor ebp, ebp",
    "and rsp, -16",
    "call {run}",
    "xor edi, edi",
    "mov eax, 60", // exit
    "syscall",
    run = sym run,
);

#[cfg(not(feature = "linked"))]
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        /// Nowhere defined: the linker's message names it.
        fn a_panic_can_be_reached() -> !;
    }
    // SAFETY: no program with this call is linked.
    unsafe { a_panic_can_be_reached() }
}

#[cfg(feature = "linked")]
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: the instruction touches no memory and does not return.
    unsafe { core::arch::asm!("ud2", options(noreturn, nomem, nostack)) }
}
