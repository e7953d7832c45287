//! Rounds, medians and tables.
//!
//! Competitors run in turn, one sample each, so a machine that becomes slower or busier does so for all of
//! them. The median of the samples excludes what the scheduler did.

use std::fmt;
use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::Failure;

/// One competitor. A sample is one call; it returns how long the measured part took.
pub type Sampler<'a> = Box<dyn FnMut() -> Result<Duration, Failure> + 'a>;

/// How much time a measurement takes.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Samples per competitor.
    pub rounds: usize,
    /// How long a sample takes, if a single operation is too short to be timed.
    pub sample: Duration,
}

impl Effort {
    /// Enough for medians that are reproducible within a few percent.
    pub const FULL: Self = Self { rounds: 201, sample: Duration::from_micros(200) };
    /// Enough to see that everything works.
    pub const QUICK: Self = Self { rounds: 5, sample: Duration::from_micros(20) };
}

/// The medians of `competitors`, in their order; `None` for an empty column.
///
/// # Errors
/// The error of the first sample that fails.
pub fn medians(
    effort: Effort,
    competitors: Vec<Option<Sampler<'_>>>,
) -> Result<Vec<Option<Duration>>, Failure> {
    let mut lanes: Vec<_> = competitors.into_iter().map(|sampler| (sampler, Vec::new())).collect();
    let warm_up = effort.rounds / 10 + 1;
    let count = lanes.len();
    for round in 0..effort.rounds + warm_up {
        for turn in 0..count {
            // Each round begins with a different one, so none always runs after the same neighbor.
            let Some((Some(sampler), samples)) = lanes.get_mut((round + turn) % count) else { continue };
            let sample = sampler()?;
            if round >= warm_up {
                samples.push(sample);
            }
        }
    }
    Ok(lanes.into_iter().map(|(_, samples)| median(samples)).collect())
}

/// A sampler of `operation`, repeated as often as fits into the time of a sample.
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

/// Like [`repeated`], for a `run` of that many operations that measures its own time.
pub fn repeated_runs<'a>(
    effort: Effort,
    mut run: impl FnMut(u32) -> Result<Duration, Failure> + 'a,
) -> Sampler<'a> {
    let mut fitting = None;
    Box::new(move || {
        let count = match fitting {
            Some(count) => count,
            // The first run is slower than the rest and counts as warm-up.
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
    /// Gigabytes per second, for rows with a number of bytes.
    Throughput,
}

/// Two columns to compare, by the ratio of the printed figures.
#[derive(Clone, Copy, Debug)]
pub struct Ratio {
    /// The column of the dividend.
    pub of: usize,
    /// The column of the divisor.
    pub by: usize,
}

/// A table in Markdown: one column per competitor, then the ratios.
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

    /// Its title.
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// The unit of its figures.
    pub const fn unit(&self) -> Unit {
        self.unit
    }

    /// The names of the competitors.
    pub fn columns(&self) -> &[&'static str] {
        &self.columns
    }

    /// The name of each row and its figures, one for each competitor.
    pub fn figures(&self) -> impl Iterator<Item = (String, Vec<Option<f64>>)> {
        self.rows.iter().map(|(name, bytes, times)| {
            let figure = |time: &Option<Duration>| time.map(|time| self.unit.figure(time, *bytes));
            (name.clone(), times.iter().map(figure).collect())
        })
    }

    /// Adds a row of times for processing `bytes` bytes.
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
