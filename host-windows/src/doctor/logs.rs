//! The folder of the log files.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

use super::case::Case;
use super::{Notes, Skipped};
use crate::log::LogName;

/// The folder and the existing logs can be written, or the folder can be created.
pub(super) fn can_be_written(case: &mut Case<'_>, notes: &mut Notes) -> Result<(), Skipped> {
    let folder = &*case.asked.log_folder();
    let refused = |(path, error): (PathBuf, io::Error)| {
        format!("{} can't be written: {error}; the agent works without its logs", path.display())
    };
    match try_folder(folder).and_then(|()| try_logs(folder)) {
        Ok(()) => notes.ok(format_args!("{} can be written", folder.display())),
        Err(error) => notes.warning(
            refused(error),
            "Give the account of the service the right to write there, or name another folder with \
             --log-dir.",
        ),
    }
    Ok(())
}

/// Creates an unnamed file in the folder or, if that does not exist yet, in its nearest existing ancestor.
fn try_folder(folder: &Path) -> Result<(), (PathBuf, io::Error)> {
    let there = folder.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(Path::new("."));
    tempfile::tempfile_in(there).map(drop).map_err(|error| (folder.to_owned(), error))
}

fn try_logs(folder: &Path) -> Result<(), (PathBuf, io::Error)> {
    for name in LogName::ALL {
        let path = folder.join(format!("{name}.log"));
        match OpenOptions::new().append(true).open(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err((path, error)),
            _ => {}
        }
    }
    Ok(())
}
