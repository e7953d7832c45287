//! `lsam config template`: a file to start from.

use std::io::{self, Write};
use std::path::Path;

use lsam_core::config::Template;

use super::Failed;
use crate::files::{self, Access};

/// Writes a file with every setting, its default and its meaning: to `path`, where no file may exist, or to
/// `out`.
///
/// # Errors
/// [`Failed`] if it can't be written.
pub fn template(path: Option<&Path>, out: &mut impl Write) -> Result<(), Failed> {
    match path {
        None => write!(out, "{Template}")?,
        Some(path) => {
            files::write_new(path, Template.to_string().as_bytes(), Access::Everyone)
                .map_err(|error| Failed(format!("{}: {}", path.display(), reason(&error))))?;
            writeln!(out, "made {}", path.display())?;
        }
    }
    Ok(())
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AlreadyExists => {
            "there is already a file of this name, which stays; remove it, or name another one with --config"
                .to_owned()
        }
        _ => error.to_string(),
    }
}
