//! Time since the start, from the 25 MHz counter of the FPGA, and the time of day.

use core::time::Duration;

use lsam_core::UnixTime;

use super::register::Register;
use crate::platform::Clock;

/// FPGAIO COUNTER (ARM application note AN386, table 3-8).
const COUNTER: Register = Register::at(0x4002_8018);
const TICKS_PER_MICROSECOND: u64 = 25;

/// The board's clock stops when the board is off, so the time of day at the start comes from outside.
pub struct BoardClock {
    started: Option<UnixTime>,
    ticks: u64,
    last: u32,
}

impl BoardClock {
    pub(super) fn new(started: Option<UnixTime>) -> Self {
        Self { started, ticks: 0, last: COUNTER.read() }
    }
}

impl Clock for BoardClock {
    /// The counter wraps every 171 seconds and must be read more often than that.
    fn uptime(&mut self) -> Duration {
        let ticks = COUNTER.read();
        self.ticks += u64::from(ticks.wrapping_sub(self.last));
        self.last = ticks;
        Duration::from_micros(self.ticks / TICKS_PER_MICROSECOND)
    }

    fn unix_time(&mut self) -> Option<UnixTime> {
        let since = self.uptime().as_secs();
        self.started.map(|started| UnixTime(started.0 + since))
    }
}

/// The raw counter, for measurements.
pub fn ticks() -> u32 {
    COUNTER.read()
}
