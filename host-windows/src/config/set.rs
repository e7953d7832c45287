//! `lsam config set`: changes one value and nothing else.

use std::io::{self, Write};
use std::path::Path;

use lsam_core::config::{Setting, Severity};
use lsam_core::ini::Edit;
use zeroize::Zeroizing;

use super::{Checked, Failed, Finding, IniFile, find, read, unreadable};
use crate::files::{Lock, Replacement};

/// Sets the setting `key` of `section` to `value` in the file at `path`, and reports the effect. Comments,
/// order, encoding and line ends are preserved. The previous version is kept, with `.bak` appended to its
/// name. Whenever this is interrupted, the file is either the complete old one or the complete new one.
/// Concurrent changes wait for each other.
///
/// # Errors
/// [`Failed`] if there is no such setting, if the value would cause an error in the file, or if the file
/// can't be read or written. In all these cases the file is unchanged.
pub fn set(path: &Path, section: &str, key: &str, value: &str, out: &mut impl Write) -> Result<(), Failed> {
    let setting = find(section, key)?;
    let name = path.display();
    let failed = |reason: &dyn std::fmt::Display| Failed(format!("{name}: {reason}"));
    let _lock = Lock::of(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => unreadable(path, &error),
        _ => failed(&format_args!("it can't be changed: {error}")),
    })?;
    let old = read(path)?;
    let new = edited(&old, setting, value)?;
    let (before, after) = (old.check(), new.check());
    let is_new = |finding: &&Finding| !before.findings.iter().any(|known| known.message == finding.message);
    let errors: Vec<&Finding> = after
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .filter(|finding| finding.setting == Some(setting) || is_new(finding))
        .collect();
    if !errors.is_empty() {
        let reasons: String = errors.iter().map(|finding| format!("\n{}", finding.message)).collect();
        return Err(failed(&format_args!(
            "nothing is changed, because the file could not be used:{reasons}"
        )));
    }
    if new.content() == old.content() {
        writeln!(out, "{name}: {setting} is \"{value}\" already")?;
        return Ok(());
    }
    let replacement = Replacement::prepare(path, new.content()).map_err(|error| failed(&error))?;
    let backup = replacement.back_up(old.content()).map_err(|error| failed(&error))?;
    // Editors don't use the lock.
    if read(path)?.content() != old.content() {
        return Err(failed(
            &"nothing is changed, because another program has just changed the file; try again",
        ));
    }
    replacement.commit().map_err(|error| failed(&error))?;

    writeln!(out, "{name}: {}", change(&before, &after, setting, value))?;
    for warning in after.findings.iter().filter(is_new) {
        writeln!(out, "{name}: {warning}")?;
    }
    if !setting.in_effect {
        writeln!(out, "{name}: {setting} has no effect in this version")?;
    }
    writeln!(out, "{}: the file as it was before", backup.display())?;
    Ok(())
}

/// `file` with this value.
fn edited(file: &IniFile, setting: &Setting, value: &str) -> Result<IniFile, Failed> {
    let failed =
        |reason: &dyn std::fmt::Display| Failed(format!("{}: {setting}: {reason}", file.path().display()));
    let edit = Edit { section: setting.section.name, key: setting.key, value };
    let mut buffer = Zeroizing::new(vec![0; edit.room(file.content())]);
    let content = edit.apply(file.content(), &mut buffer).map_err(|error| failed(&error))?;
    IniFile::new(file.path(), Zeroizing::new(content.to_vec())).map_err(|error| failed(&error))
}

/// The effect of the edit on the setting, if it can be determined.
fn change(before: &Checked<'_>, after: &Checked<'_>, setting: &Setting, value: &str) -> String {
    let changed = match (&before.configuration, &after.configuration) {
        (Ok(before), Ok(after)) => {
            before.settings.changes_to(&after.settings).find(|change| change.setting == setting)
        }
        _ => None,
    };
    changed.map_or_else(|| format!("{setting} is \"{value}\""), |change| change.to_string())
}
