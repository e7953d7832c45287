//! Why a command of an administrator failed.

use std::fmt;
use std::io;

/// Why a command failed, in words.
#[derive(Debug, PartialEq, Eq)]
pub struct Failed(pub(crate) String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

/// Output that can't be written.
impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}
