//! The panic handler that does not link.

use core::panic::PanicInfo;

#[cfg(not(feature = "linked"))]
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        /// Not defined anywhere, so the linker's message names it.
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
