//! `lsam config show` and `get`: the effective settings, and where they come from.

use std::io::Write;
use std::path::Path;

use lsam_core::config::Configuration;
use serde_json::json;

use super::{Failed, Format, IniFile, effective, find, json, read};

/// Shows every setting of the file at `path` with its value, and either its line or a note that this is the
/// default.
///
/// # Errors
/// [`Failed`], with all errors, if the file can't be used.
pub fn show(path: &Path, format: Format, out: &mut impl Write) -> Result<(), Failed> {
    let file = read(path)?;
    let configuration = configuration(&file)?;
    match format {
        Format::Json => {
            let settings: Vec<_> =
                configuration.effective().map(|effective| json::setting(&effective)).collect();
            json::write(&json!({ "file": path.display().to_string(), "settings": settings }), out)
        }
        Format::Text => {
            for effective in configuration.effective() {
                writeln!(out, "{effective}")?;
            }
            Ok(())
        }
    }
}

/// Shows the effective value of the setting `key` of `section` in the file at `path`.
///
/// # Errors
/// [`Failed`] if there is no such setting, or if the file can't be used.
pub fn get(
    path: &Path,
    section: &str,
    key: &str,
    format: Format,
    out: &mut impl Write,
) -> Result<(), Failed> {
    let setting = find(section, key)?;
    let file = read(path)?;
    let configuration = configuration(&file)?;
    let Some(effective) = effective(&configuration, setting.section.name, setting.key) else {
        return Err(Failed(format!("{setting} is no setting of the agent")));
    };
    match format {
        Format::Json => json::write(&json::setting(&effective), out),
        Format::Text => {
            writeln!(out, "{}", effective.value)?;
            Ok(())
        }
    }
}

/// The settings of `file`, or all errors in it.
fn configuration(file: &IniFile) -> Result<Configuration<'_>, Failed> {
    let checked = file.check();
    let path = file.path().display();
    checked.configuration.map_err(|invalid| {
        let lines = checked.findings.iter().map(|finding| format!("\n{path}: {finding}"));
        Failed(format!("{path}: {invalid}{}", lines.collect::<String>()))
    })
}
