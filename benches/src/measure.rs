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
    /// How long a sample of what is too short to be timed alone should take.
    pub sample: Duration,
}

impl Effort {
    /// Enough for medians that repeat within some percent.
    pub const FULL: Self = Self { rounds: 201, sample: Duration::from_micros(200) };
    /// Enough to see that everything works.
    pub const QUICK: Self = Self { rounds: 5, sample: Duration::from_micros(20) };
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

/// A sampler of `operation`, repeated as often as fits the time of a sample.
pub fn repeated<'a, T>(
    effort: Effort,
    mut operation: impl FnMut() -> Result<T, Failure> + 'a,
) -> Sampler<'a> {
    repeated_runs(effort, move |count| {
        let start = Instant::now();
        for _ in 0..count {
            black_box(operation()?);
        }
        Ok(start.elapsed())
    })
}

/// The same for a `run` of so many operations that has its own clock.
pub fn repeated_runs<'a>(
    effort: Effort,
    mut run: impl FnMut(u32) -> Result<Duration, Failure> + 'a,
) -> Sampler<'a> {
    let mut fitting = None;
    Box::new(move || {
        let count = match fitting {
            Some(count) => count,
            // The first run is slower than the rest; this belongs to the warm-up.
            None => {
                let once = run(1)?.min(run(1)?).max(Duration::from_nanos(1));
                *fitting.insert(u32::try_from(effort.sample.as_nanos() / once.as_nanos())?.max(1))
            }
        };
        Ok(run(count)? / count)
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
    /// Gigabytes a second, for rows of a known number of bytes.
    Throughput,
}

/// Which of two columns is compared with which: the ratio of the figures that are printed.
#[derive(Clone, Copy, Debug)]
pub struct Ratio {
    /// The column whose figure is divided.
    pub of: usize,
    /// The column by whose figure it is divided.
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

impl Unit {
    fn figure(self, time: Duration, bytes: usize) -> f64 {
        match self {
            Self::Micros => time.as_secs_f64() * 1e6,
            Self::Throughput => bytes as f64 / time.as_secs_f64() / 1e9,
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Micros => "µs",
            Self::Throughput => "GB/s",
        })
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |column: usize| self.columns.get(column).copied().unwrap_or_default();
        write!(f, "### {}\n\n| {} |", self.title, self.unit)?;
        self.columns.iter().try_for_each(|column| write!(f, " {column} |"))?;
        self.ratios.iter().try_for_each(|ratio| write!(f, " {} ÷ {} |", name(ratio.of), name(ratio.by)))?;
        write!(f, "\n|---|")?;
        (0..self.columns.len() + self.ratios.len()).try_for_each(|_| f.write_str("---:|"))?;
        for (row, bytes, times) in &self.rows {
            let figure = |column: usize| {
                times.get(column).copied().flatten().map(|time| self.unit.figure(time, *bytes))
            };
            write!(f, "\n| {row} |")?;
            for column in 0..self.columns.len() {
                match figure(column) {
                    None => f.write_str(" |")?,
                    Some(figure) => write!(f, " {figure:.*} |", if figure < 10.0 { 2 } else { 0 })?,
                }
            }
            for ratio in &self.ratios {
                match figure(ratio.of).zip(figure(ratio.by)) {
                    None => f.write_str(" |")?,
                    Some((of, by)) => write!(f, " {:.2} |", of / by)?,
                }
            }
        }
        writeln!(f)
    }
}
