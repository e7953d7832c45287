//! Times of one kind, and their percentiles.

use std::time::Duration;

use serde_json::{Value, json};

/// Times in microseconds.
#[derive(Default)]
pub(crate) struct Latencies(Vec<u32>);

impl Latencies {
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(u32::try_from(time.as_micros()).unwrap_or(u32::MAX));
    }

    /// Their number, percentiles and maximum, in microseconds.
    pub(crate) fn report(mut self) -> Value {
        self.0.sort_unstable();
        // The smallest time that is not exceeded by this share of all, in thousandths.
        let at = |thousandths: usize| {
            let rank = (self.0.len() * thousandths).div_ceil(1000);
            self.0.get(rank.saturating_sub(1)).copied()
        };
        json!({
            "count": self.0.len(), "p50": at(500), "p90": at(900), "p99": at(990), "p99.9": at(999),
            "max": self.0.last(),
        })
    }
}
