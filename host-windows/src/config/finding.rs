//! A problem with a file.

use std::fmt;

use lsam_core::config::{Configuration, Diagnostic, Origin, Setting, Severity};
use lsam_core::ini::Position;
use serde_json::{Value, json};

use super::effective;

/// A problem with a file, which no longer needs to be loaded: an owned [`Diagnostic`], or what this machine
/// reports.
///
/// [`Display`](fmt::Display) writes it on one line that follows the file's name, as for [`Diagnostic`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its position; `None` if it is about the whole file.
    pub at: Option<Position>,
    /// Whether it prevents the file from being used.
    pub severity: Severity,
    /// The setting that it is about, if any.
    pub setting: Option<&'static Setting>,
    /// What is wrong, and which values are accepted.
    pub message: String,
    /// The known name closest to an unknown one.
    pub suggestion: Option<&'static str>,
}

impl Finding {
    /// An error.
    pub(super) const fn error(
        at: Option<Position>,
        setting: Option<&'static Setting>,
        message: String,
    ) -> Self {
        Self { at, severity: Severity::Error, setting, message, suggestion: None }
    }

    /// An error in the value of `setting`, in a file that core has accepted.
    pub(super) fn of(configuration: &Configuration<'_>, setting: &'static Setting, message: String) -> Self {
        let origin = effective(configuration, setting.section.name, setting.key).map(|value| value.origin);
        let at = match origin {
            Some(Origin::File(at)) => Some(at),
            Some(Origin::Default) | None => None,
        };
        Self::error(at, Some(setting), message)
    }

    /// The finding as JSON; missing parts are null.
    pub(super) fn json(&self) -> Value {
        json!({
            "line": self.at.map(|at| at.line),
            "column": self.at.map(|at| at.column),
            "severity": self.severity.to_string(),
            "section": self.setting.map(|setting| setting.section.name),
            "key": self.setting.map(|setting| setting.key),
            "message": self.message,
            "accepted": self.setting.map(|setting| setting.kind.to_string()),
            "suggestion": self.suggestion,
        })
    }
}

impl From<Diagnostic<'_>> for Finding {
    fn from(diagnostic: Diagnostic<'_>) -> Self {
        Self {
            at: Some(diagnostic.at),
            severity: diagnostic.severity(),
            setting: diagnostic.setting(),
            message: diagnostic.problem.to_string(),
            suggestion: diagnostic.suggestion(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = self.at {
            write!(f, "{at}: ")?;
        }
        write!(f, "{}: {}", self.severity, self.message)
    }
}
