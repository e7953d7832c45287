//! A log in memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Line, Sink};

/// A sink that keeps the last lines in memory, to show or check them.
#[derive(Clone, Default)]
pub struct Memory {
    lines: Arc<Mutex<VecDeque<Line>>>,
}

impl Memory {
    /// How many lines it keeps.
    pub const LINES: usize = 10_000;

    /// The lines, oldest first.
    pub fn lines(&self) -> Vec<Line> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// The texts of the lines, oldest first.
    pub fn texts(&self) -> Vec<String> {
        self.lines().into_iter().map(|line| line.text).collect()
    }
}

impl Sink for Memory {
    fn write(&self, line: &Line) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == Self::LINES {
            lines.pop_front();
        }
        lines.push_back(line.clone());
    }
}
