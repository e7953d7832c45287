//! MSLSAM.ini as a file, and what `lsam config` does with it: check it, show what holds, change a value, begin a new one.
//!
//! What a setting is and accepts is the business of [`lsam_core::config`]; here are the file's bytes on the disk, what
//! only the machine can tell of a value, and the words and the JSON for administrators and their programs.

mod check;
mod file;
mod finding;
mod json;
mod set;
mod show;
mod template;

use std::path::Path;

use lsam_core::config::{Configuration, Problem, Setting};

pub use check::check;
pub use file::{Checked, IniFile};
pub use finding::Finding;
pub use set::set;
pub use show::{get, show};
pub use template::template;

pub use crate::failed::Failed;

/// How a command writes its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// In lines for people.
    Text,
    /// As one JSON object, for programs.
    Json,
}

/// Reads the file at `path`.
fn read(path: &Path) -> Result<IniFile, Failed> {
    IniFile::read(path)
        .map_err(|error| Failed(format!("{}: the file can't be read: {error}", path.display())))
}

/// The setting `key` of `section`; when there is none, the words of a file's diagnostics say which was probably meant.
fn find(section: &str, key: &str) -> Result<&'static Setting, Failed> {
    Setting::find(section, key).ok_or_else(|| {
        let file = format!("[{section}]\n{key}=");
        let mut said = None;
        let _ = Configuration::parse(file.as_bytes(), |diagnostic| {
            if let Problem::UnknownSection(_) | Problem::UnknownKey { .. } = diagnostic.problem {
                said.get_or_insert(diagnostic.problem.to_string());
            }
        });
        Failed(said.unwrap_or_else(|| format!("[{section}] {key} is no setting of the agent")))
    })
}

#[cfg(test)]
mod tests;
