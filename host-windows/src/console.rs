//! What the programs write to their console.

use std::fmt::Display;
use std::io::{self, StdoutLock, Write};

/// The standard output. If its reader is gone (`lsam config show | head -1`), further output is silently
/// dropped, and the command ends as if the output had been read.
pub struct Output(StdoutLock<'static>);

impl Output {
    /// The standard output, locked for this thread.
    pub fn lock() -> Self {
        Self(io::stdout().lock())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        without_reader(self.0.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        without_reader(self.0.flush(), ())
    }
}

/// `result`, or `done` if the reader is gone.
fn without_reader<T>(result: io::Result<T>, done: T) -> io::Result<T> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(done),
        result => result,
    }
}

/// Writes a line to the standard error stream. If that is closed, the line is lost.
pub fn complain(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
