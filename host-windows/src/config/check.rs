//! `lsam config check`: reports what is wrong with a file.

use std::io::Write;
use std::path::Path;

use lsam_core::config::Severity;
use serde_json::json;

use super::{Failed, Finding, Format, IniFile, json, without_effect};

/// Reports everything that is wrong with the file at `path`, one finding per line, then the number of errors
/// and warnings. Returns the worst severity, if any. A file that can't be read is an error too.
///
/// # Errors
/// [`Failed`] if the output can't be written.
pub fn check(path: &Path, format: Format, out: &mut impl Write) -> Result<Option<Severity>, Failed> {
    let (findings, without_effect) = match IniFile::read(path) {
        Ok(file) => {
            let checked = file.check();
            (checked.findings, checked.configuration.ok().as_ref().and_then(without_effect))
        }
        Err(error) => (vec![Finding::error(None, None, format!("the file can't be read: {error}"))], None),
    };
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let name = path.display();
    match format {
        Format::Json => {
            let diagnostics: Vec<_> = findings.iter().map(Finding::json).collect();
            let result = json!({
                "file": name.to_string(),
                "errors": errors,
                "warnings": warnings,
                "without_effect": without_effect,
                "diagnostics": diagnostics,
            });
            json::write(&result, out)?;
        }
        Format::Text => {
            for finding in &findings {
                writeln!(out, "{name}: {finding}")?;
            }
            if let Some(text) = &without_effect {
                writeln!(out, "{name}: {text}")?;
            }
            let number = |count, word| match count {
                0 => format!("no {word}s"),
                1 => format!("1 {word}"),
                _ => format!("{count} {word}s"),
            };
            writeln!(out, "{name}: {}, {}", number(errors, "error"), number(warnings, "warning"))?;
        }
    }
    Ok(findings.iter().map(|finding| finding.severity).max())
}
