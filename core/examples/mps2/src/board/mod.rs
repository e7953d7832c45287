//! The MPS2 board with the image AN386 (Cortex-M4) or AN385 (Cortex-M3), as emulated by QEMU. For another
//! board, replace this module: it implements the traits of [`crate::platform`] and smoltcp's device. It
//! contains all `unsafe` code.

mod clock;
pub mod cost;
#[cfg(feature = "secure-element")]
mod element;
mod ethernet;
mod last_words;
mod outside;
mod register;
pub mod stack;
mod uart;

use core::time::Duration;

use cortex_m::interrupt::InterruptNumber;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{NVIC, SYST};
use cortex_m_rt::exception;

use crate::platform::Clock as _;

pub use clock::{BoardClock, ticks};
#[cfg(feature = "secure-element")]
pub use element::Element;
pub use ethernet::Ethernet;
pub use outside::Outside;
pub use uart::Uart;

/// The devices that the firmware uses.
pub struct Board {
    /// The network.
    pub ethernet: Ethernet,
    /// The time.
    pub clock: BoardClock,
    /// The source of randomness; `None` if the emulator was started without one.
    pub outside: Option<Outside>,
    timer: SYST,
    link: Link,
}

/// The last known state of the network's cable.
struct Link {
    up: bool,
    /// When to check it again, since the start.
    next: Duration,
}

/// The processor's clock.
const HERTZ: u32 = 25_000_000;
/// The longest wait of [`Board::idle`].
const IDLE_MILLISECONDS: u32 = 10;
/// How often [`Board::link_changed`] checks.
const LINK_PERIOD: Duration = Duration::from_secs(1);

impl Board {
    /// Starts the devices. Only the first call returns a board.
    pub fn take() -> Option<Self> {
        let processor = cortex_m::Peripherals::take()?;
        Uart::start();
        let outside = Outside::find();
        Some(Self {
            ethernet: Ethernet::start(),
            clock: BoardClock::new(outside.as_ref().map(Outside::time)),
            outside,
            timer: processor.SYST,
            // A board that starts without a network reports it at the first check.
            link: Link { up: true, next: Duration::ZERO },
        })
    }

    /// Lets frames and the timer wake [`Self::idle`].
    pub fn start_interrupts(&mut self) {
        self.timer.set_clock_source(SystClkSource::Core);
        self.timer.set_reload(HERTZ / 1000 * IDLE_MILLISECONDS - 1);
        self.timer.clear_current();
        self.timer.enable_interrupt();
        self.timer.enable_counter();
        // SAFETY: nothing in this program depends on the interrupt being masked; its handler only masks it in
        // the device.
        unsafe { NVIC::unmask(EthernetInterrupt) };
    }

    /// Whether the network is connected, if this has changed since the last call.
    pub fn link_changed(&mut self) -> Option<bool> {
        let uptime = self.clock.uptime();
        if uptime < self.link.next {
            return None;
        }
        self.link.next = uptime + LINK_PERIOD;
        let up = Ethernet::has_link();
        let changed = up != self.link.up;
        self.link.up = up;
        changed.then_some(up)
    }

    /// Sleeps until a frame arrives or some time has passed.
    pub fn idle(&mut self) {
        // With interrupts disabled, none is lost between checking and sleeping: a pending interrupt ends the
        // sleep.
        cortex_m::interrupt::free(|_| {
            if !Ethernet::unmask() {
                cortex_m::asm::wfi();
            }
        });
    }
}

#[derive(Clone, Copy)]
struct EthernetInterrupt;

// SAFETY: this is the number of the Ethernet controller's interrupt on both images (AN386 and AN385, table
// 3-14).
unsafe impl InterruptNumber for EthernetInterrupt {
    fn number(self) -> u16 {
        13
    }
}

#[exception]
fn SysTick() {}

// SAFETY: it may run at any time, and only touches one register of the Ethernet controller, which the program
// writes with interrupts disabled.
#[exception]
unsafe fn DefaultHandler(_number: i16) {
    Ethernet::mask();
}
