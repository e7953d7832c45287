//! The folder of the logs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::ZonedDateTime;
use jiff::civil::Date;

use super::archive::{self, ARCHIVES};
use super::{Log, LogFile, LogName, Policy};

/// The folder of the logs, with their archive. The processes of one agent share it; each log has one writer.
pub struct LogFolder {
    path: PathBuf,
    policy: Arc<Policy>,
    files: Vec<Arc<LogFile>>,
    /// The day, and the ArchiveDaysToKeep, of the last purge.
    purged: Mutex<Option<(Date, u32)>>,
}

impl LogFolder {
    /// The folder at `path`, which is created with the first line of a log.
    pub fn new(path: impl Into<PathBuf>, policy: Arc<Policy>) -> Self {
        Self { path: path.into(), policy, files: Vec::new(), purged: Mutex::default() }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// One of its logs. If it can't be written, this is reported to `fallback`, which must not lead back to
    /// it.
    pub fn file(&mut self, name: LogName, fallback: Log) -> Arc<LogFile> {
        let file = Arc::new(LogFile::new(name, self.path.clone(), Arc::clone(&self.policy), fallback));
        self.files.push(Arc::clone(&file));
        file
    }

    /// Does the work that is due at `now`: archives logs at midnight, and removes expired ones. Called about
    /// once a second.
    pub fn tick(&self, now: &ZonedDateTime, log: &Log) {
        for file in &self.files {
            file.tick(now);
        }
        let due = (now.date(), self.policy.days_to_keep());
        let last = self.purged.lock().unwrap_or_else(PoisonError::into_inner).replace(due);
        // No short-circuit: this must check every file.
        let archived = self.files.iter().fold(last.is_none(), |any, file| file.was_archived() | any);
        if last != Some(due) {
            self.purge(due.0, due.1, log);
        }
        if archived {
            self.shrink(archive::MOST, log);
        }
    }

    /// Removes the oldest archived logs if together they take more than `most` bytes.
    fn shrink(&self, most: u64, log: &Log) {
        let archives = self.path.join(ARCHIVES);
        match archive::shrink(&archives, most) {
            Ok(0) => {}
            Ok(removed) => log.warning(format_args!(
                "{removed} logs, the oldest of {}, were removed although ArchiveDaysToKeep is {}: there were \
                 more than {} MiB of them",
                archives.display(),
                self.policy.days_to_keep(),
                most >> 20
            )),
            Err(error) => {
                log.warning(format_args!("{} can't be kept small: {error}", archives.display()));
            }
        }
    }

    fn purge(&self, today: Date, keep: u32, log: &Log) {
        let archives = self.path.join(ARCHIVES);
        match archive::purge(&archives, today, keep) {
            Ok(purged) => {
                for archive::Purged { folder, result } in purged {
                    let folder = folder.display();
                    match result {
                        Ok(()) => log.information(format_args!(
                            "{folder} was removed, because ArchiveDaysToKeep is {keep}"
                        )),
                        Err(error) => log.warning(format_args!(
                            "{folder} can't be removed, although ArchiveDaysToKeep is {keep}: {error}"
                        )),
                    }
                }
            }
            Err(error) => log.warning(format_args!("{} can't be read: {error}", archives.display())),
        }
    }
}
