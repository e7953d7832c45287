//! Wall-clock time as an argument: core owns no clock.

/// Seconds since 1970-01-01T00:00:00Z, as the caller's clock tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(pub u64);
