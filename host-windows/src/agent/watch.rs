//! Changes of MSLSAM.ini while the agent runs.
//!
//! The file is read every second, some thousand bytes, and compared with what was there before. That asks nothing of the
//! file system but to read: notifications get lost on network drives, and times of files are coarse or copied along.

use std::sync::Weak;
use std::time::Duration;

use lsam_core::config::Configuration;

use super::Journal;
use super::connection::Shared;
use super::dynamic::Dynamic;
use crate::config::{Checked, IniFile};
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
    /// A newer one that was there at the last look. Many programs write a file in several steps, so that it is taken only
    /// when it is the same at two looks: half a file may be a good one that lets everybody in.
    arriving: Option<Version>,
}

/// The file, or why it can't be read.
type Version = Result<IniFile, String>;

impl Watch {
    /// Begins with the file that the agent was started with, and writes to `log` what that makes hold.
    pub(super) fn new(started: IniFile, log: &Log) -> Self {
        if let Ok(configuration) = started.configuration() {
            show(&configuration, &configuration, log);
        }
        Self { taken: started.clone(), known: Ok(started.clone()), started, arriving: None }
    }

    /// Looks after the file and the logs, until `stop` is requested or `agent` is no more.
    pub(super) fn run(mut self, agent: &Weak<Shared>, stop: &Stop) {
        while !stop.wait(PERIOD) {
            let Some(agent) = agent.upgrade() else { return };
            self.look(&agent.preparation.dynamic, &agent.journal);
            agent.journal.tick();
        }
    }

    fn look(&mut self, dynamic: &Dynamic, journal: &Journal) {
        let version = IniFile::read(self.started.path()).map_err(|error| error.to_string());
        if version == self.known {
            self.arriving = None;
            // What was wrong with it may have been the machine: a directory that is there by now.
            if let Ok(file) = version
                && file != self.taken
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
                Err(error) => journal.log().warning(format_args!(
                    "{} can't be read any more: {error}; the agent goes on as before",
                    self.started.path().display()
                )),
            }
        }
    }

    fn changed(&mut self, file: IniFile, dynamic: &Dynamic, journal: &Journal) {
        if file == self.taken {
            journal.log().information(format_args!("{} is again as it was before", file.path().display()));
        } else if take(&self.started, &self.taken, &file, dynamic, journal) {
            self.taken = file;
        }
    }
}

/// Has the agent go by `file`, if it has no errors, and writes to the log what that changes, or why it does not.
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
            log.warning(format_args!("{path} was changed, but {invalid}; the agent goes on as before"));
            return false;
        }
    };
    // Both have been taken, so that they have no errors.
    let (Ok(started), Ok(taken)) = (started.configuration(), taken.configuration()) else { return false };
    let running = started.settings.with_dynamic_of(taken.settings);
    let mut changes = running.changes_to(&new.settings).peekable();
    if changes.peek().is_none() {
        log.information(format_args!("{path} was changed, but no setting has another value"));
    }
    for change in changes {
        log.information(format_args!("{path} was changed: {change}"));
    }
    dynamic.apply(&new.settings);
    journal.apply(&new.settings);
    show(&started, &new, log);
    true
}

/// Writes what holds, of a file `new`, in an agent that was started with `started`.
fn show(started: &Configuration<'_>, new: &Configuration<'_>, log: &Log) {
    for (old, new) in started.effective().zip(new.effective()) {
        if new.setting.dynamic || old.value == new.value {
            log.information(format_args!("configuration: {new}"));
        } else {
            log.information(format_args!(
                "configuration: {}={} ({}: {} after a restart)",
                old.setting, old.value, new.origin, new.value
            ));
        }
    }
}

#[cfg(test)]
mod tests;
