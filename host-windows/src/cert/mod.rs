//! What `lsam cert` does with a directory store: list it, find a certificate in it, put certificates into it.

mod import;
mod list;
mod new;

use std::fmt;
use std::io;

pub use import::import;
pub use list::{find, list};
pub use new::new_self_signed;

/// Why a command failed, in words.
#[derive(Debug, PartialEq, Eq)]
pub struct Failed(String);

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

#[cfg(test)]
mod tests;
