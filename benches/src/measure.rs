//! Rounds, medians and tables.
//!
//! What is compared runs in turns, one sample each, so that a machine that gets slower or busier gets so for all alike.
//! The median of the samples leaves out what the scheduler did.

use std::fmt;
use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::Failure;

/// One competitor: a sample is one call, which says how long the measured part took.
pub type Sampler<'a> = Box<dyn FnMut() -> Result<Duration, Failure> + 'a>;

/// How much time goes into a measurement.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Samples of each competitor.
    pub rounds: usize,
    /// Operations in one sample of what is too short to be timed alone.
    pub batch: u32,
}

impl Effort {
    /// Enough for medians that repeat within some percent.
    pub const FULL: Self = Self { rounds: 301, batch: 20 };
    /// Enough to see that everything works.
    pub const QUICK: Self = Self { rounds: 7, batch: 2 };
}

/// The medians of `competitors`, in their order; none for a place that nobody takes.
///
/// # Errors
/// That of the first sample which fails.
pub fn medians(
    effort: Effort,
    competitors: Vec<Option<Sampler<'_>>>,
) -> Result<Vec<Option<Duration>>, Failure> {
    let mut lanes: Vec<_> = competitors.into_iter().map(|sampler| (sampler, Vec::new())).collect();
    let warm_up = effort.rounds / 10 + 1;
    let count = lanes.len();
    for round in 0..effort.rounds + warm_up {
        for turn in 0..count {
            // Each round begins with another one, so that nobody always runs behind the same neighbour.
            let Some((Some(sampler), samples)) = lanes.get_mut((round + turn) % count) else { continue };
            let sample = sampler()?;
            if round >= warm_up {
                samples.push(sample);
            }
        }
    }
    Ok(lanes.into_iter().map(|(_, samples)| median(samples)).collect())
}

/// A sampler of `operation`, repeated as often as the effort says, less any time for preparing it.
pub fn repeated<'a, T>(
    effort: Effort,
    mut operation: impl FnMut() -> Result<T, Failure> + 'a,
) -> Sampler<'a> {
    Box::new(move || {
        let start = Instant::now();
        for _ in 0..effort.batch {
            black_box(operation()?);
        }
        Ok(start.elapsed() / effort.batch)
    })
}

fn median(mut samples: Vec<Duration>) -> Option<Duration> {
    let middle = samples.len() / 2;
    if samples.is_empty() { None } else { Some(*samples.select_nth_unstable(middle).1) }
}

/// How the figures of a table are written.
#[derive(Clone, Copy, Debug)]
pub enum Unit {
    /// Microseconds.
    Micros,
    /// Thousands of megabytes a second, for rows of this many bytes.
    Throughput,
}

/// Which of two columns is compared with which.
#[derive(Clone, Copy, Debug)]
pub struct Ratio {
    /// The column whose time is divided.
    pub of: usize,
    /// The column by whose time it is divided.
    pub by: usize,
}

/// A table in Markdown: one column a competitor, then the ratios.
pub struct Table {
    title: &'static str,
    unit: Unit,
    columns: Vec<&'static str>,
    ratios: Vec<Ratio>,
    rows: Vec<(String, usize, Vec<Option<Duration>>)>,
}

impl Table {
    /// An empty table.
    pub fn new(
        title: &'static str,
        unit: Unit,
        columns: impl Into<Vec<&'static str>>,
        ratios: &[Ratio],
    ) -> Self {
        Self { title, unit, columns: columns.into(), ratios: ratios.to_vec(), rows: Vec::new() }
    }

    /// Adds a row of times for work on `bytes` bytes.
    pub fn row(&mut self, name: impl Into<String>, bytes: usize, times: Vec<Option<Duration>>) {
        self.rows.push((name.into(), bytes, times));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Micros => "µs",
            Unit::Throughput => "GB/s",
        };
        writeln!(f, "### {}\n", self.title)?;
        let name = |column: usize| self.columns.get(column).copied().unwrap_or_default();
        write!(f, "| {unit} |")?;
        self.columns.iter().try_for_each(|column| write!(f, " {column} |"))?;
        self.ratios.iter().try_for_each(|ratio| write!(f, " {} ÷ {} |", name(ratio.of), name(ratio.by)))?;
        write!(f, "\n|---|")?;
        (0..self.columns.len() + self.ratios.len()).try_for_each(|_| f.write_str("---:|"))?;
        for (row, bytes, times) in &self.rows {
            write!(f, "\n| {row} |")?;
            for time in times {
                match (time, self.unit) {
                    (None, _) => f.write_str(" |")?,
                    (Some(time), Unit::Micros) => {
                        let micros = time.as_secs_f64() * 1e6;
                        write!(f, " {micros:.*} |", if micros < 10.0 { 2 } else { 0 })?;
                    }
                    (Some(time), Unit::Throughput) => {
                        write!(f, " {:.2} |", *bytes as f64 / time.as_secs_f64() / 1e9)?;
                    }
                }
            }
            for ratio in &self.ratios {
                let time = |column: usize| times.get(column).copied().flatten();
                match time(ratio.of).zip(time(ratio.by)) {
                    None => f.write_str(" |")?,
                    Some((of, by)) => write!(f, " {:.2} |", of.as_secs_f64() / by.as_secs_f64())?,
                }
            }
        }
        writeln!(f)
    }
}
