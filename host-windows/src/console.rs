//! What the programs write to their console.

use std::fmt::Display;
use std::io::{self, StdoutLock, Write};

/// The standard output. When its reader has gone (`lsam config show | head -1`), what comes is dropped without a word, and
/// a command ends as it would have ended with a reader.
pub struct Output(StdoutLock<'static>);

impl Output {
    /// The standard output, for this thread alone.
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

/// `result`, or `done` when nobody reads any more.
fn without_reader<T>(result: io::Result<T>, done: T) -> io::Result<T> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(done),
        result => result,
    }
}

/// Writes a line to the standard error stream. When that is closed there is nobody to tell.
pub fn complain(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
