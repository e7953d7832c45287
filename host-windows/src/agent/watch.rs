//! Watches MSLSAM.ini while the agent runs.
//!
//! The file, a few thousand bytes, is read every second and compared with its previous content. This only
//! requires that the file can be read: notifications get lost on network drives, and file times are coarse or
//! preserved by copying.

use std::sync::Weak;
use std::time::Duration;

use lsam_core::config::{Change, Configuration, Origin, Settings};

use super::Journal;
use super::dynamic::Dynamic;
use super::shared::Shared;
use crate::config::{Checked, IniFile, without_effect};
use crate::event::Occurrence;
use crate::log::Log;
use crate::net::Stop;

/// How often the file is checked.
const PERIOD: Duration = Duration::from_secs(1);

/// The versions of the file that a running agent has seen.
pub(super) struct Watch {
    /// The version that the agent was started with; it determines the settings that need a restart.
    started: IniFile,
    /// The last usable version; it determines all other settings.
    taken: IniFile,
    /// The last version that was reported.
    known: Version,
    /// Whether that version has errors that may disappear without a change to the file, for example when a
    /// missing directory is created.
    has_errors: bool,
    /// A newer version, seen at the last check. Many programs write a file in several steps, so a version
    /// only counts when two consecutive checks find it.
    arriving: Option<Version>,
}

/// The file, or why it can't be read.
type Version = Result<IniFile, String>;

impl Watch {
    /// Starts with the file that the agent was started with, and logs its settings.
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

    /// Watches the file and the logs until `stop` is requested or `agent` is gone.
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

/// Applies `file` if it is a complete configuration, and logs what this changes, or why it was rejected.
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
    // Both have been applied before, so they have no errors.
    let (Ok(started), Ok(before)) = (started.configuration(), taken.configuration()) else { return false };
    if let Some(reason) = damage(&before, &new, file.is_cut_from(taken)) {
        journal.warning(&format!("{path} was changed, but {reason}; the agent goes on as before"));
        return false;
    }
    let loosened: Vec<Change<'_>> = before.settings.loosened_by(&new.settings).collect();
    let running = started.settings.with_dynamic_of(&before.settings);
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

/// Why `new`, although it has no errors, can't be an intended change of `before`. While the agent runs, only
/// an explicit line may loosen access, never a missing one: a damaged file lacks lines too.
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
        "{setting} is missing, without which more peers would be let in, or less verified of them; to have \
         that, write {}={new}",
        setting.key
    ))
}

/// Logs the effective settings of the file `new` in an agent that was started with `started`.
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

/// The settings of `configuration` that differ from their defaults, on one line.
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
