//! What a check finds.

use std::fmt;

use crate::agent::Refusal;
use crate::trust::Objection;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Not looked at, for a reason that is not this check's.
    Skipped,
    /// It works, or may work, but deserves a look.
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

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// What the check is about.
    pub check: &'static str,
    /// How it is.
    pub verdict: Verdict,
    /// What there is, and what is wrong with it; some lines when there is much to show.
    pub text: String,
    /// What an administrator can do about it; there when it is a warning or a failure.
    pub cure: Option<String>,
}

/// Why a check could not be made, to follow "because".
pub(super) struct Skipped(pub(super) String);

impl Skipped {
    pub(super) fn because(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

/// What one check finds.
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

    /// A failure in the words with which the agent itself refuses to start.
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
