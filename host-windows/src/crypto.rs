//! What the host provides to sessions: cryptography, randomness and the time.

use std::time::{SystemTime, UNIX_EPOCH};

use getrandom::SysRng;
use lsam_core::UnixTime;
use lsam_core::tls::Context;

/// The cryptographic provider of all sessions: replace it here.
pub type Provider = lsam_aws_lc::AwsLc;

/// Seeds the provider's random number generator, for which the library gathers entropy for 30 to 130 ms, once
/// in a process. Otherwise the first connection does so, and all others that begin meanwhile wait for it. A
/// failure shows in the handshake that needs the numbers.
pub(crate) fn seed() {
    let _ = aws_lc_rs::rand::fill(&mut [0]);
}

/// Runs `step` with the operating system's random number generator and clock. A clock set before 1970 counts
/// as no clock.
pub(crate) fn with_context<T>(step: impl FnOnce(&mut Context<'_>) -> T) -> T {
    step(&mut Context { entropy: &mut SysRng, now: now() })
}

/// The time of the operating system's clock.
pub(crate) fn now() -> Option<UnixTime> {
    SystemTime::now().duration_since(UNIX_EPOCH).ok().map(|since| UnixTime(since.as_secs()))
}
