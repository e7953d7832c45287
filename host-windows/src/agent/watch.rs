//! Changes of MSLSAM.ini while the agent runs.
//!
//! The file is read every second, some thousand bytes, and compared with what was there before. That asks nothing of the
//! file system but to read: notifications get lost on network drives, and times of files are coarse or copied along.

use std::sync::Weak;
use std::time::Duration;

use lsam_core::config::{Change, Configuration, Origin, Settings};

use super::Journal;
use super::connection::Shared;
use super::dynamic::Dynamic;
use crate::config::{Checked, IniFile, without_effect};
use crate::event::Occurrence;
use crate::log::Log;
use crate::net::Stop;

/// How often the file is looked at.
const PERIOD: Duration = Duration::from_secs(1);

/// The versions of the file that a running agent has met.
pub(super) struct Watch {
    /// What the agent was started with, which counts for the settings that need a restart.
    started: IniFile,
    /// The last one that could be used, which counts for the others.
    taken: IniFile,
    /// The last one that the log speaks of.
    known: Version,
    /// Whether that one has errors, which the machine may mend: a directory that is there by now.
    has_errors: bool,
    /// A newer one that was there at the last look. Many programs write a file in several steps, so that it counts only
    /// when it is the same at two looks.
    arriving: Option<Version>,
}

/// The file, or why it can't be read.
type Version = Result<IniFile, String>;

impl Watch {
    /// Begins with the file that the agent was started with, and writes to `log` what that makes hold.
    pub(super) fn new(started: IniFile, log: &Log) -> Self {
        if let Ok(configuration) = started.configuration() {
            let path = started.path().display();
            log.information(format_args!("configuration of {path}: {}", summary(&configuration)));
            if let Some(text) = without_effect(&configuration) {
                log.information(format_args!("configuration of {path}: {text}"));
            }
            show(&configuration, &configuration, log);
        }
        Self {
            taken: started.clone(),
            known: Ok(started.clone()),
            started,
            has_errors: false,
            arriving: None,
        }
    }

    /// Looks after the file and the logs, until `stop` is requested or `agent` is no more.
    pub(super) fn run(mut self, agent: &Weak<Shared>, stop: &Stop) {
        while !stop.wait(PERIOD) {
            let Some(agent) = agent.upgrade() else { return };
            self.look(&agent.setup.dynamic, &agent.journal);
            agent.journal.tick();
        }
    }

    fn look(&mut self, dynamic: &Dynamic, journal: &Journal) {
        let version = IniFile::read(self.started.path()).map_err(|error| error.to_string());
        if version == self.known {
            self.arriving = None;
            if let Ok(file) = version
                && self.has_errors
                && file.check().configuration.is_ok()
            {
                self.changed(file, dynamic, journal);
            }
        } else if self.arriving.as_ref() != Some(&version) {
            self.arriving = Some(version);
        } else {
            self.arriving = None;
            self.known = version.clone();
            match version {
                Ok(file) => self.changed(file, dynamic, journal),
                Err(error) => journal.warning(&format!(
                    "{} can't be read any more: {error}; the agent goes on as before",
                    self.started.path().display()
                )),
            }
        }
    }

    fn changed(&mut self, file: IniFile, dynamic: &Dynamic, journal: &Journal) {
        self.has_errors = file.check().configuration.is_err();
        if file == self.taken {
            journal.log().information(format_args!("{} is again as it was before", file.path().display()));
        } else if take(&self.started, &self.taken, &file, dynamic, journal) {
            self.taken = file;
        }
    }
}

/// Has the agent go by `file`, if it is a whole configuration, and writes to the log what that changes, or why it does not.
fn take(started: &IniFile, taken: &IniFile, file: &IniFile, dynamic: &Dynamic, journal: &Journal) -> bool {
    let log = journal.log();
    let path = file.path().display();
    let Checked { configuration, findings, no_access_to_ecof_directory } = file.check();
    if no_access_to_ecof_directory {
        journal.events().report(Occurrence::NoAccessToEcofDirectory);
    }
    for finding in &findings {
        log.warning(format_args!("{path}: {finding}"));
    }
    let new = match configuration {
        Ok(new) => new,
        Err(invalid) => {
            journal.warning(&format!("{path} was changed, but {invalid}; the agent goes on as before"));
            return false;
        }
    };
    // Both have been taken, so that they have no errors.
    let (Ok(started), Ok(before)) = (started.configuration(), taken.configuration()) else { return false };
    if let Some(reason) = damage(&before, &new, file.is_cut_from(taken)) {
        journal.warning(&format!("{path} was changed, but {reason}; the agent goes on as before"));
        return false;
    }
    let loosened: Vec<Change<'_>> = before.settings.loosened_by(&new.settings).collect();
    let running = started.settings.with_dynamic_of(before.settings);
    let mut changes = running.changes_to(&new.settings).peekable();
    if changes.peek().is_none() {
        log.information(format_args!("{path} was changed, but no setting has another value"));
    }
    for change in changes {
        let text = format!("{path} was changed: {change}");
        if loosened.iter().any(|loosened| loosened.setting == change.setting) {
            journal.warning(&format!("{text}; this lets more peers in, or verifies less of them"));
        } else {
            log.information(text);
        }
    }
    dynamic.apply(&new.settings);
    journal.apply(&new.settings);
    show(&started, &new, log);
    true
}

/// Why `new`, which has no errors, is not taken for what somebody meant, where `before` holds: only a line that says so
/// loosens access while the agent runs, never one that is missing, for lines are missing from a damaged file too.
fn damage(before: &Configuration<'_>, new: &Configuration<'_>, is_cut: bool) -> Option<String> {
    if is_cut {
        return Some("it ends within a line that was longer before: it was cut off".to_owned());
    }
    let missing = |change: &Change<'_>| {
        let mut effective = new.effective();
        effective.any(|value| value.setting == change.setting && value.origin == Origin::Default)
    };
    let change = before.settings.loosened_by(&new.settings).find(missing)?;
    let Change { setting, new, .. } = change;
    Some(format!(
        "{setting} is missing, without which more peers would be let in, or less verified of them; to have that, \
         write {}={new}",
        setting.key
    ))
}

/// Writes what holds, of a file `new`, in an agent that was started with `started`.
fn show(started: &Configuration<'_>, new: &Configuration<'_>, log: &Log) {
    for (old, new) in started.effective().zip(new.effective()) {
        if new.setting.dynamic || old.value == new.value {
            log.detail(format_args!("configuration: {new}"));
        } else {
            log.detail(format_args!(
                "configuration: {}={} ({}: {} after a restart)",
                old.setting, old.value, new.origin, new.value
            ));
        }
    }
}

/// The settings of `configuration` that do not have their default, in one line.
fn summary(configuration: &Configuration<'_>) -> String {
    let defaults = Settings::default();
    let set = configuration.effective().filter(|set| set.value != defaults.value(set.setting));
    let set: Vec<String> = set.map(|set| format!("{}={:.60}", set.setting, set.value)).collect();
    match set.as_slice() {
        [] => "every setting has its default".to_owned(),
        set => format!("{}; the others have their defaults", set.join(", ")),
    }
}

#[cfg(test)]
mod tests;
