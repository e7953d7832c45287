//! Wall-clock time as an argument: core owns no clock.

/// Seconds since 1970-01-01T00:00:00Z, as the caller's clock tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(pub u64);

impl UnixTime {
    /// A moment that does not come.
    pub(crate) const NEVER: Self = Self(u64::MAX);

    /// So many seconds later.
    pub(crate) const fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}
