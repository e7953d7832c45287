//! Changes of MSLSAM.ini while the agent runs.
//!
//! The file is read every second, some thousand bytes, and compared with what was there before. That asks nothing of the
//! file system but to read: notifications get lost on network drives, and times of files are coarse or copied along.

use std::sync::Weak;
use std::time::Duration;

use lsam_core::config::Configuration;

use super::connection::Service;
use super::dynamic::Dynamic;
use crate::config::{Checked, IniFile};
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

    /// Looks after the file until `stop` is requested or `service` is no more.
    pub(super) fn run(mut self, service: &Weak<Service>, stop: &Stop) {
        while !stop.wait(PERIOD) {
            let Some(service) = service.upgrade() else { return };
            self.look(&service.preparation.dynamic, &service.log);
        }
    }

    fn look(&mut self, dynamic: &Dynamic, log: &Log) {
        let version = IniFile::read(self.started.path()).map_err(|error| error.to_string());
        if version == self.known {
            self.arriving = None;
            // What was wrong with it may have been the machine: a directory that is there by now.
            if let Ok(file) = version
                && file != self.taken
                && file.check().configuration.is_ok()
            {
                self.changed(file, dynamic, log);
            }
        } else if self.arriving.as_ref() != Some(&version) {
            self.arriving = Some(version);
        } else {
            self.arriving = None;
            self.known = version.clone();
            match version {
                Ok(file) => self.changed(file, dynamic, log),
                Err(error) => log.warning(format_args!(
                    "{} can't be read any more: {error}; the agent goes on as before",
                    self.started.path().display()
                )),
            }
        }
    }

    fn changed(&mut self, file: IniFile, dynamic: &Dynamic, log: &Log) {
        if file == self.taken {
            log.information(format_args!("{} is again as it was before", file.path().display()));
        } else if take(&self.started, &self.taken, &file, dynamic, log) {
            self.taken = file;
        }
    }
}

/// Has the agent go by `file`, if it has no errors, and writes to `log` what that changes, or why it does not.
fn take(started: &IniFile, taken: &IniFile, file: &IniFile, dynamic: &Dynamic, log: &Log) -> bool {
    let path = file.path().display();
    let Checked { configuration, findings } = file.check();
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
