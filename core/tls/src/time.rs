//! Wall-clock time as an argument: this crate has no clock.

/// Seconds since 1970-01-01T00:00:00Z by the caller's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(pub u64);

impl UnixTime {
    /// A time that is never reached.
    pub(crate) const NEVER: Self = Self(u64::MAX);

    /// The time this many seconds later.
    pub(crate) const fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}
