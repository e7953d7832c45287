//! Counts lines instead of writing them, because anyone who reaches the port could cause any number of them.
//!
//! For each kind of line about one address, the first few in a minute are written. The others are counted,
//! and one line reports their number when the minute is over or the log ends.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::ZonedDateTime;

use super::{Line, Log, Sink};
use crate::origin::Origin;

/// The period over which lines are counted.
const PERIOD: Duration = Duration::from_secs(60);
/// The maximum number of kinds and origins that are counted separately; lines about further origins are
/// counted together, by kind.
const MOST: usize = 64;

/// The kind of a line about a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A connection was not accepted.
    Refused,
    /// A connection was displaced by another.
    Displaced,
    /// A connection was accepted.
    Accepted,
    /// Messages can be exchanged.
    Connected,
    /// A connection ended in an orderly way.
    Closed,
    /// A connection failed.
    Failed,
    /// Something about a peer's certificate deserves attention.
    Certificate,
    /// A message was refused.
    MessageRefused,
    /// A message was answered.
    Answered,
    /// A message was received.
    Received,
    /// A message was sent.
    Sent,
}

impl Kind {
    /// How many lines of this kind are written for each origin in a period.
    const fn written(self) -> u32 {
        match self {
            // Anyone who turns on detail or the trace wants to see every message of a busy server.
            Self::Accepted | Self::Answered | Self::Received | Self::Sent => 600,
            _ => 20,
        }
    }
}

/// The key by which lines are counted; without an origin, for all origins that have no separate entry.
type Key = (Kind, Option<Origin>);

/// A sink that passes lines on to a log, but only counts those that exceed the limit of their kind and
/// origin.
pub struct Repetition {
    log: Log,
    counts: Mutex<BTreeMap<Key, Count>>,
}

struct Count {
    began: Instant,
    written: u32,
    /// The number of lines not written, and the last of them.
    more: Option<(u64, Line)>,
}

impl Repetition {
    /// A filter that passes lines on to `log`.
    pub const fn new(log: Log) -> Self {
        Self { log, counts: Mutex::new(BTreeMap::new()) }
    }

    /// Reports the number of lines not written in each period that is over by `now`.
    pub fn tick(&self, now: Instant) {
        let mut counts = self.counts();
        let over = |count: &Count| now.saturating_duration_since(count.began) >= PERIOD;
        let ended: Vec<Key> = counts.iter().filter(|(_, count)| over(count)).map(|(key, _)| *key).collect();
        let lines = ended.iter().filter_map(|key| counts.remove(key)?.summary(*key, now)).collect();
        drop(counts);
        self.write_all(lines);
    }

    /// Reports the number of lines not written so far.
    pub fn flush(&self) {
        let now = Instant::now();
        let counts = std::mem::take(&mut *self.counts());
        self.write_all(counts.into_iter().filter_map(|(key, count)| count.summary(key, now)).collect());
    }

    fn write_all(&self, lines: Vec<Line>) {
        lines.iter().for_each(|line| self.log.write(line));
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<Key, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether to write `line`; otherwise it is counted.
    fn admits(&self, line: &Line, now: Instant) -> bool {
        let Some((kind, origin)) = line.about else { return true };
        let mut counts = self.counts();
        let known = counts.contains_key(&(kind, origin)) || counts.len() < MOST;
        let key = (kind, origin.filter(|_| known));
        let fresh = || Count { began: now, written: 0, more: None };
        let count = counts.entry(key).or_insert_with(fresh);
        if count.written < kind.written() {
            count.written += 1;
            return true;
        }
        let more = count.more.as_ref().map_or(0, |(more, _)| *more);
        count.more = Some((more.saturating_add(1), line.clone()));
        false
    }
}

impl Sink for Repetition {
    fn write(&self, line: &Line) {
        let now = Instant::now();
        self.tick(now);
        if self.admits(line, now) {
            self.log.write(line);
        }
    }
}

impl Drop for Repetition {
    fn drop(&mut self) {
        self.flush();
    }
}

impl Count {
    /// "192.0.2.1: … 4,212 more in the last minute, the last of them: 192.0.2.1:4711: refused"
    fn summary(self, (_, origin): Key, now: Instant) -> Option<Line> {
        let (more, last) = self.more?;
        let origin = origin.map_or_else(|| "several addresses".to_owned(), |origin| origin.to_string());
        let seconds = now.saturating_duration_since(self.began).as_secs();
        let time =
            if seconds < PERIOD.as_secs() { format!("{} s", seconds.max(1)) } else { "minute".to_owned() };
        let more = grouped(more);
        let text = format!("{origin}: … {more} more in the last {time}, the last of them: {}", last.text);
        Some(Line { time: ZonedDateTime::now(), text, ..last })
    }
}

/// A number with commas between its thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::Arc;

    use super::*;
    use crate::log::{Level, Memory};

    struct Site {
        lines: Memory,
        counted: Arc<Repetition>,
        log: Log,
    }

    impl Site {
        fn new() -> Self {
            let lines = Memory::default();
            let counted = Arc::new(Repetition::new(Log::new(vec![Box::new(lines.clone())])));
            let log = Log::new(vec![Box::new(Arc::clone(&counted))]);
            Self { lines, counted, log }
        }

        fn refuse(&self, host: u8, count: u16) {
            for port in 0..count {
                let peer = SocketAddr::from(([192, 0, 2, host], port));
                self.log.of_peer(Level::Warning, peer, Kind::Refused, "refused");
            }
        }

        fn last(&self) -> String {
            self.lines.texts().last().unwrap().clone()
        }
    }

    #[test]
    fn lines_beyond_the_first_are_counted_and_told_after_a_minute() {
        let site = Site::new();
        site.refuse(1, 4_232);
        assert_eq!(site.lines.texts().len(), 20);
        site.refuse(2, 3);
        site.log.of_peer(Level::Warning, ([192, 0, 2, 1], 5).into(), Kind::Failed, "of another kind");
        site.log.information("about nobody");
        assert_eq!(site.lines.texts().len(), 25);
        site.counted.tick(Instant::now() + PERIOD);
        assert_eq!(
            site.last(),
            "192.0.2.1: … 4,212 more in the last minute, the last of them: 192.0.2.1:4231: refused"
        );
        assert_eq!(site.lines.lines().last().unwrap().level, Level::Warning);
        assert_eq!(site.lines.texts().len(), 26);
        site.refuse(1, 1);
        assert_eq!(site.last(), "192.0.2.1:0: refused", "a new minute has begun");
        site.counted.tick(Instant::now() + PERIOD);
        assert_eq!(site.lines.texts().len(), 27, "nothing was left out");
    }

    #[test]
    fn what_was_counted_is_told_at_the_end() {
        let site = Site::new();
        site.refuse(1, 22);
        let Site { lines, counted, log } = site;
        drop((counted, log));
        let last = lines.texts().pop().unwrap();
        assert_eq!(last, "192.0.2.1: … 2 more in the last 1 s, the last of them: 192.0.2.1:21: refused");
    }

    #[test]
    fn many_addresses_are_counted_together() {
        let site = Site::new();
        (0..=255).for_each(|host| site.refuse(host, 1));
        assert_eq!(site.lines.texts().len(), MOST + 20);
        assert_eq!(site.counted.counts().len(), MOST + 1);
        site.counted.flush();
        assert!(
            site.last().starts_with("192.0.2.") || site.last().starts_with("several addresses: … 172 more")
        );
        let told = |text: &&String| text.starts_with("several addresses: … 172 more in the last ");
        assert_eq!(site.lines.texts().iter().filter(told).count(), 1);
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
