//! The findings of a check.

use std::fmt;

use crate::agent::Refusal;
use crate::trust::Objection;

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Not checked, because an earlier check failed or does not apply.
    Skipped,
    /// It works, or may work, but deserves attention.
    Warning,
    /// It does not work.
    Failure,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Warning => "warning",
            Self::Failure => "failure",
        })
    }
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The name of the check.
    pub check: &'static str,
    /// The verdict.
    pub verdict: Verdict,
    /// What was found, and what is wrong with it; several lines if there is a lot to show.
    pub text: String,
    /// What an administrator can do about it; present for warnings and failures.
    pub cure: Option<String>,
}

/// Why a check was skipped, to follow "because".
pub(super) struct Skipped(pub(super) String);

impl Skipped {
    pub(super) fn because(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

/// The findings of one check.
pub(super) struct Notes {
    check: &'static str,
    observations: Vec<Observation>,
}

impl Notes {
    pub(super) const fn new(check: &'static str) -> Self {
        Self { check, observations: Vec::new() }
    }

    pub(super) fn ok(&mut self, text: impl fmt::Display) {
        self.observe(Verdict::Ok, text, None);
    }

    pub(super) fn warning(&mut self, text: impl fmt::Display, cure: impl Into<String>) {
        self.observe(Verdict::Warning, text, Some(cure.into()));
    }

    pub(super) fn failure(&mut self, text: impl fmt::Display, cure: impl Into<String>) {
        self.observe(Verdict::Failure, text, Some(cure.into()));
    }

    /// A failure, worded like the agent's own refusal to start.
    pub(super) fn refusal(&mut self, refusal: &Refusal) {
        self.failure(refusal.problem(), refusal.cure());
    }

    /// What peers object to in a certificate that this machine presents.
    pub(super) fn objection(&mut self, objection: &Objection) {
        let text = match objection.certificate() {
            Some(certificate) => format!("{certificate}: {objection}"),
            None => objection.to_string(),
        };
        match objection.is_refusal() {
            true => self.failure(text, objection.advice()),
            false => self.warning(text, objection.advice()),
        }
    }

    pub(super) fn skipped(&mut self, Skipped(reason): Skipped) {
        self.observe(Verdict::Skipped, format_args!("because {reason}"), None);
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.observations.is_empty()
    }

    pub(super) fn has_failure(&self) -> bool {
        self.observations.iter().any(|observation| observation.verdict == Verdict::Failure)
    }

    pub(super) fn into_observations(self) -> Vec<Observation> {
        self.observations
    }

    fn observe(&mut self, verdict: Verdict, text: impl fmt::Display, cure: Option<String>) {
        let text = text.to_string();
        self.observations.push(Observation { check: self.check, verdict, text, cure });
    }
}
