//! What the commands write for programs.

use std::io::Write;

use lsam_core::config::{Applies, Effective, Origin, SettingValue};
use serde_json::{Value, json};

use super::Failed;

/// An effective setting. Values are strings, as in a file.
pub(super) fn setting(effective: &Effective<'_>) -> Value {
    let Effective { setting, value, origin } = effective;
    let at = match origin {
        Origin::File(at) => Some(at),
        Origin::Default => None,
    };
    json!({
        "section": setting.section.name,
        "key": setting.key,
        "value": plain(value),
        "origin": if at.is_some() { "file" } else { "default" },
        "line": at.map(|at| at.line),
        "column": at.map(|at| at.column),
        "dynamic": setting.applies() == Applies::Now,
    })
}

/// A value with all its characters, some of which are escaped in text for people.
fn plain(value: &SettingValue<'_>) -> String {
    match value {
        SettingValue::Text(text) => text.chars().collect(),
        other => other.to_string(),
    }
}

/// Writes `value`, one line for each member.
pub(super) fn write(value: &Value, out: &mut impl Write) -> Result<(), Failed> {
    writeln!(out, "{value:#}")?;
    Ok(())
}
