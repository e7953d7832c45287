//! What the firmware requires of a board besides smoltcp's device: the time and an initial seed.

use core::time::Duration;

use lsam_core::UnixTime;

/// Two kinds of time.
pub trait Clock {
    /// Monotonic time since the start, for deadlines.
    fn uptime(&mut self) -> Duration;

    /// The time of day, if the board knows it. Without it, no certificate is verified and no ticket is
    /// issued, so a board without a clock first gets the time from the network, for example by NTP.
    fn unix_time(&mut self) -> Option<UnixTime>;
}

/// Length of a seed, in bytes.
pub const SEED: usize = 32;

/// The source of randomness.
pub trait SeedSource {
    /// Unpredictable bytes, from a true random number generator that is checked as its manual requires. All
    /// keys depend on them. `None` if there are none; the firmware does not start then.
    fn seed(&mut self) -> Option<[u8; SEED]>;
}
