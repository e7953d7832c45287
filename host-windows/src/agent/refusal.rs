//! Why the agent does not start, in words that an administrator can act on.

use std::fmt;

use crate::store::{CertificateStore, Section};

pub(crate) const READABLE: &str = "Give the path of an MSLSAM.ini that the agent's account may read.";
pub(crate) const CORRECT: &str = "Correct the file and start the agent again.";
pub(crate) const STORE: &str =
    "See that the agent's account may read it, or name the folder of another with --store.";

/// A refusal to start: what is wrong and where, what was found instead, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    reason: String,
    details: Vec<String>,
    cure: String,
}

impl Refusal {
    /// A refusal for `reason`, with its cure.
    pub fn new(reason: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { reason: reason.into(), details: Vec::new(), cure: cure.into() }
    }

    /// Adds lines of detail.
    #[must_use]
    pub fn with_details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }

    /// Adds the contents of `store`, so that nobody has to open it to see which certificate was meant.
    #[must_use]
    pub fn with_store(mut self, store: &dyn CertificateStore) -> Self {
        let location = store.location();
        if store.certificates().is_empty() {
            self.details.push(format!("There is no certificate in {location}."));
        } else {
            self.details.push(format!("What {location} holds:"));
            // Windows ships with hundreds of roots, none of which can be the one that was meant.
            let (meant, others): (Vec<_>, Vec<_>) = store.certificates().iter().partition(|stored| {
                stored.has_key || stored.section == Section::My || store.system_path().is_none()
            });
            self.details.extend(meant.iter().map(|stored| format!("  {stored}")));
            if !others.is_empty() {
                self.details.push(format!("  and {} more without private keys in Root and CA", others.len()));
            }
        }
        if !store.problems().is_empty() {
            self.details.push("It also holds what can't be used:".to_owned());
            self.details.extend(store.problems().iter().map(|problem| format!("  {problem}")));
        }
        self
    }

    /// What is wrong, with the details on separate lines.
    pub(crate) fn problem(&self) -> String {
        let details = self.details.iter().map(|line| format!("\n{line}"));
        details.fold(self.reason.clone(), |text, line| text + &line)
    }

    /// What to do.
    pub(crate) fn cure(&self) -> &str {
        &self.cure
    }

    /// The lines: the reason first, the cure last.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let details = self.details.iter().map(String::as_str);
        std::iter::once(self.reason.as_str()).chain(details).chain(std::iter::once(self.cure.as_str()))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, line) in self.lines().enumerate() {
            if n > 0 {
                f.write_str("\n")?;
            }
            f.write_str(line)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}
