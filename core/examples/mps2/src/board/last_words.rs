//! What ends the program, a panic or a fault of the processor: said on the serial line, and then the board starts again.

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

// SAFETY: it runs at any time and never returns, so that nothing which it has interrupted goes on. It reads the frame that the
// processor has put on the stack.
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    if begins() {
        log(&Event::Fault { address: frame.pc() });
    }
    restart()
}

/// Whether the end may be told: it is not where the program came to it while it was telling of another one.
fn begins() -> bool {
    static TELLING: AtomicBool = AtomicBool::new(false);
    // It may have come to this before the board was taken.
    Uart::start();
    !TELLING.swap(true, Ordering::Relaxed)
}

/// QEMU ends with `-no-reboot`. The reason does not come here: without a log its text, and the name of every place that may
/// panic, is left out of flash.
fn restart() -> ! {
    let _ = Uart.write_str("starting again\n");
    SCB::sys_reset()
}
