//! What the firmware asks of a board, beside smoltcp's device: the time, and randomness to begin with.

use core::time::Duration;

use lsam_core::UnixTime;

/// The time, of two kinds.
pub trait Clock {
    /// Since the start; it only goes forward. For deadlines.
    fn uptime(&mut self) -> Duration;

    /// The time of day, if the board knows it. Without it no certificate is judged and no ticket given out: a board
    /// without a clock gets it from the network first, by NTP for one.
    fn unix_time(&mut self) -> Option<UnixTime>;
}

/// Length of a seed, in bytes.
pub const SEED: usize = 32;

/// Where randomness comes from.
pub trait SeedSource {
    /// Bytes that nobody can guess: a true random number generator's, checked as its manual asks. All keys depend on them.
    /// None when there are none; the firmware does not start then.
    fn seed(&mut self) -> Option<[u8; SEED]>;
}
