//! MSLSAM.ini as a file, and `lsam config`, which checks it, shows the effective settings, changes a value,
//! or creates a new file.
//!
//! [`lsam_core::config`] defines the settings and the values that they accept. This module adds the file on
//! disk, the checks that depend on this machine, and the output for administrators and their programs.

mod check;
mod file;
mod finding;
mod json;
mod set;
mod show;
mod template;

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use lsam_core::config::{Configuration, Effective, Origin, Problem, Setting, Settings};

pub use check::check;
pub use file::{Checked, IniFile};
pub use finding::Finding;
pub use set::set;
pub use show::{get, show};
pub use template::template;

pub use crate::failed::Failed;

/// The section of the settings for certificates and names.
pub(crate) const GENERAL: &str = "General Settings";

/// The output format of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lines for people.
    Text,
    /// One JSON object, for programs.
    Json,
}

/// The default path of the agent's MSLSAM.ini.
pub fn default_path() -> PathBuf {
    let folder = if cfg!(windows) {
        let data = env::var_os("ProgramData").unwrap_or_else(|| OsString::from(r"C:\ProgramData"));
        PathBuf::from(data).join("LSAM")
    } else {
        PathBuf::from("/etc/lsam")
    };
    folder.join("MSLSAM.ini")
}

/// The settings in a file that have no effect in this version, on one line; `None` if there are none.
pub(crate) fn without_effect(configuration: &Configuration<'_>) -> Option<String> {
    let named = configuration.effective().filter(|effective| effective.origin != Origin::Default);
    let mut text = String::new();
    let mut section = None;
    for setting in named.map(|effective| effective.setting).filter(|setting| !setting.in_effect) {
        if section != Some(setting.section) {
            text.push_str(if text.is_empty() { "" } else { "; " });
            text.push_str(&format!("{} {}", setting.section, setting.key));
        } else {
            text.push_str(&format!(", {}", setting.key));
        }
        section = Some(setting.section);
    }
    (!text.is_empty()).then(|| format!("read, but without effect in this version: {text}"))
}

/// Reads the file at `path`.
fn read(path: &Path) -> Result<IniFile, Failed> {
    IniFile::read(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &io::Error) -> Failed {
    let advice = match error.kind() {
        io::ErrorKind::NotFound => "; --config or the environment variable LSAM_CONFIG names another one",
        _ => "",
    };
    Failed(format!("{}: the file can't be read: {error}{advice}", path.display()))
}

/// The effective value of the setting `key` of `section`.
fn effective<'a>(configuration: &Configuration<'a>, section: &str, key: &str) -> Option<Effective<'a>> {
    configuration.effective().find(|effective| effective.setting.is(section, key))
}

/// The setting `key` of `section`; if it does not exist, the error suggests the likely one, with the same
/// wording as a file's diagnostics.
fn find(section: &str, key: &str) -> Result<&'static Setting, Failed> {
    Setting::find(section, key).ok_or_else(|| {
        let file = format!("[{section}]\n{key}=");
        let mut said = None;
        let _ = Settings::parse_part(file.as_bytes(), |diagnostic| {
            if let Problem::UnknownSection(_) | Problem::UnknownKey { .. } | Problem::Unread { .. } =
                diagnostic.problem
            {
                said.get_or_insert(diagnostic.problem.to_string());
            }
        });
        let said = said.unwrap_or_else(|| format!("[{section}] {key} is no setting of the agent"));
        Failed(format!("{said}; `lsam config show` lists the settings"))
    })
}

/// A file of `lines`, followed by the required sections and keys that they lack.
#[cfg(test)]
pub(crate) fn whole(lines: &str) -> String {
    let required = [
        ("[General Settings]", "UseSecureSocket=FALSE"),
        ("[TCP/IP Parameters]", "SocketNumberToSAM=3100"),
        ("[JORS Settings]", "JORSSocket=3110"),
    ];
    let is_missing = |section: &str| !lines.to_lowercase().contains(&section.to_lowercase());
    let missing = required.into_iter().filter(|(section, _)| is_missing(section));
    missing.fold(lines.to_owned(), |file, (section, line)| file + &format!("{section}\n{line}\n"))
}

#[cfg(test)]
mod tests;
