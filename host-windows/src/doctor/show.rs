//! The result of a whole examination, for people and for programs.

use std::io::Write;

use serde_json::{Value, json};

use super::{Observation, Verdict};
use crate::config::Format;
use crate::failed::Failed;

/// Where texts begin, and where a line for people ends, in columns.
const INDENT: usize = 24;
const WIDTH: usize = 110;

/// The result of an examination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examination {
    /// In the order of the checks.
    pub observations: Vec<Observation>,
}

impl Examination {
    /// The worst of the verdicts.
    pub fn worst(&self) -> Verdict {
        self.observations.iter().map(|observation| observation.verdict).max().unwrap_or(Verdict::Ok)
    }

    /// Writes the result: one or more lines for each observation, with the cure below, then the number of
    /// each verdict; or an array of objects.
    ///
    /// # Errors
    /// [`Failed`] if the output can't be written.
    pub fn write(&self, format: Format, out: &mut impl Write) -> Result<(), Failed> {
        if format == Format::Json {
            let observations: Vec<Value> = self.observations.iter().map(object).collect();
            writeln!(out, "{:#}", Value::from(observations))?;
            return Ok(());
        }
        for Observation { check, verdict, text, cure } in &self.observations {
            let lines = text.lines().flat_map(|line| wrapped(line, ""));
            for (n, line) in lines.enumerate() {
                match n {
                    0 => writeln!(out, "{verdict:8} {check:14} {line}")?,
                    _ => writeln!(out, "{:INDENT$}{line}", "")?,
                }
            }
            for line in cure.iter().flat_map(|cure| wrapped(cure, "-> ")) {
                writeln!(out, "{:INDENT$}{line}", "")?;
            }
        }
        let count =
            |verdict| self.observations.iter().filter(|observation| observation.verdict == verdict).count();
        writeln!(
            out,
            "failures: {}, warnings: {}, ok: {}, skipped: {}",
            count(Verdict::Failure),
            count(Verdict::Warning),
            count(Verdict::Ok),
            count(Verdict::Skipped)
        )?;
        Ok(())
    }
}

fn object(observation: &Observation) -> Value {
    let Observation { check, verdict, text, cure } = observation;
    json!({ "check": check, "verdict": verdict.to_string(), "text": text, "cure": cure })
}

/// `text` wrapped before [`WIDTH`], without breaking words; the first line follows `mark`.
fn wrapped(text: &str, mark: &str) -> Vec<String> {
    let room = WIDTH - INDENT;
    // An indented line keeps its indent.
    let indent = text.len() - text.trim_start().len();
    let margin = " ".repeat(indent + mark.len());
    let mut lines = vec![format!("{}{mark}", " ".repeat(indent))];
    let mut is_empty = true;
    for word in text.split_whitespace() {
        let length = lines.last().map_or(0, |line| line.chars().count());
        if !is_empty && length + 1 + word.chars().count() > room {
            lines.push(margin.clone());
            is_empty = true;
        }
        if let Some(line) = lines.last_mut() {
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
    }
    lines
}
