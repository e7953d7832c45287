//! The end of the program, by a panic or a processor fault: reported on the serial line, then the board
//! restarts.

use core::fmt::Write as _;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};

use cortex_m::peripheral::SCB;
use cortex_m_rt::{ExceptionFrame, exception};

use super::Uart;
use crate::log::{Event, log};

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    if begins() {
        let (file, line) = info.location().map_or(("", 0), |place| (place.file(), place.line()));
        log(&Event::Panic { file, line });
    }
    restart()
}

// SAFETY: it may run at any time and never returns, so nothing that it interrupts continues. It reads the
// frame that the processor put on the stack.
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    if begins() {
        log(&Event::Fault { address: frame.pc() });
    }
    restart()
}

/// Whether the end may be reported, which is false if another one is already being reported.
fn begins() -> bool {
    static TELLING: AtomicBool = AtomicBool::new(false);
    // The board may not have been taken yet.
    Uart::start();
    !TELLING.swap(true, Ordering::Relaxed)
}

/// QEMU ends with `-no-reboot`. The reason is not passed here: without a log, this keeps its text and the
/// location of every possible panic out of flash.
fn restart() -> ! {
    let _ = Uart.write_str("starting again\n");
    SCB::sys_reset()
}
