//! A log file, which is archived and restarted at its size limit and at midnight.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use super::archive::{self, ARCHIVES};
use super::{Line, Log, LogName, Policy, Sink, place};

const LINE_END: &str = if cfg!(windows) { "\r\n" } else { "\n" };
/// How long to wait before trying again to archive a log.
const REST: Duration = Duration::from_secs(1);
/// The size limit of a log that can't be archived: this many times MaximumLogFileSize, or this many bytes if
/// that is less. Further lines are dropped, so that the disk does not fill up.
const OVERDUE: u64 = 10;
const OVERDUE_LEAST: u64 = 1 << 20;

/// One of the agent's log files.
///
/// It is opened with the first line. Lines that can't be written are lost; the fallback gets one report when
/// this begins, and one when it is over. Each line is another attempt, so a log resumes once there is space
/// on the disk, or its folder is back.
pub struct LogFile {
    name: LogName,
    folder: PathBuf,
    policy: Arc<Policy>,
    fallback: Log,
    state: Mutex<State>,
    /// Whether it was archived since this was last asked.
    archived: AtomicBool,
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    /// The number of lines lost since the last one written.
    lost: u64,
    /// Since when it could not be archived.
    unarchived: Option<Instant>,
}

struct Open {
    file: File,
    length: u64,
    /// When its first line was written, or the last one if that is unknown.
    began: DateTime,
    ended: DateTime,
}

/// News that arises while the file is locked, and is reported afterwards: the fallback may be another file.
enum News {
    Lost(io::Error),
    Back(u64),
    Unarchived(io::Error),
}

impl LogFile {
    pub(super) fn new(name: LogName, folder: PathBuf, policy: Arc<Policy>, fallback: Log) -> Self {
        Self { name, folder, policy, fallback, state: Mutex::default(), archived: AtomicBool::new(false) }
    }

    /// Its path.
    pub fn path(&self) -> PathBuf {
        self.folder.join(format!("{}.log", self.name))
    }

    /// Archives it if it began on a day before `now`, or is larger than the current setting allows; checks
    /// whether it still exists.
    pub(super) fn tick(&self, now: &ZonedDateTime) {
        let mut news = Vec::new();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let length = match self.path().symlink_metadata() {
            Ok(metadata) if metadata.is_file() => Some(metadata.len()),
            _ => None,
        };
        // Something else has removed or truncated it: the next line starts it again.
        if state.open.as_ref().is_some_and(|open| length.is_none_or(|length| length < open.length)) {
            state.open = None;
        }
        if length.is_some_and(|length| length > 0) && self.open(&mut state, now.datetime()).is_ok() {
            self.archive_if_due(&mut state, now.datetime(), 0, &mut news);
        }
        drop(state);
        self.tell(news);
    }

    /// Whether it was archived since the last call.
    pub(super) fn was_archived(&self) -> bool {
        self.archived.swap(false, Ordering::Relaxed)
    }

    fn append(&self, state: &mut State, line: &Line, news: &mut Vec<News>) -> io::Result<()> {
        let now = line.time.datetime();
        let mut text = format!("{line}{LINE_END}");
        self.open(state, now)?;
        self.archive_if_due(state, now, text.len(), news);
        let most = self.policy.maximum_size().saturating_mul(OVERDUE).max(OVERDUE_LEAST);
        let lost = state.lost;
        let open = self.open(state, now)?;
        if open.length > most {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is full and can't be archived"));
        }
        if lost > 0 {
            let missing = format!("lines that could not be written are missing here: {lost}");
            text.insert_str(0, &format!("{}{LINE_END}", Line { text: missing, ..line.clone() }));
        }
        if let Err(error) = open.file.write_all(text.as_bytes()) {
            // Otherwise the next line would continue a partial one. On Windows, a file open for appending
            // can't be truncated.
            let whole = open.length;
            let _ = place::cut(&self.path(), whole);
            return Err(error);
        }
        if open.length == 0 {
            open.began = now;
        }
        open.ended = now;
        open.length = open.length.saturating_add(text.len().try_into().unwrap_or(u64::MAX));
        Ok(())
    }

    /// The open file; opens it, or creates it with its folder, if necessary.
    fn open<'s>(&self, state: &'s mut State, now: DateTime) -> io::Result<&'s mut Open> {
        let open = match state.open.take() {
            Some(open) => open,
            None => {
                let path = self.path();
                place::folder(&self.folder)?;
                let file = place::append(&path)?;
                let metadata = file.metadata()?;
                let length = metadata.len();
                let written = metadata.modified().ok().and_then(local).filter(|_| length > 0);
                let ended = written.unwrap_or(now);
                let began = place::read(&path).ok().and_then(first_time).unwrap_or(ended);
                Open { file, length, began, ended }
            }
        };
        Ok(state.open.insert(open))
    }

    /// Archives the open file if it began on a day before `now`, or would be too large with `more` bytes. If
    /// that fails, the agent continues to use it.
    fn archive_if_due(&self, state: &mut State, now: DateTime, more: usize, news: &mut Vec<News>) {
        let more = more.try_into().unwrap_or(u64::MAX);
        let Some(open) = &state.open else { return };
        let full = open.length.saturating_add(more) > self.policy.maximum_size();
        let resting = state.unarchived.is_some_and(|since| since.elapsed() < REST);
        // If two threads log at midnight, the one with the earlier time may be second; its line goes into the
        // newer file.
        if open.length == 0 || resting || !(full || open.began.date() < now.date()) {
            return;
        }
        let (began, ended) = (open.began, open.ended);
        // Windows may refuse to move an open file.
        state.open = None;
        match archive::archive(&self.path(), &self.folder.join(ARCHIVES), self.name, began, ended) {
            Ok(()) => {
                state.unarchived = None;
                self.archived.store(true, Ordering::Relaxed);
            }
            Err(error) => {
                if state.unarchived.is_none() {
                    news.push(News::Unarchived(error));
                }
                state.unarchived = Some(Instant::now());
            }
        }
    }

    fn tell(&self, news: Vec<News>) {
        let path = self.path();
        let path = path.display();
        for news in news {
            match news {
                News::Lost(error) => self.fallback.warning(format_args!(
                    "{path} can't be written: {error}; the agent goes on, and tries again with each line"
                )),
                News::Back(lost) => self
                    .fallback
                    .information(format_args!("{path} is written again; lines that are lost: {lost}")),
                News::Unarchived(error) => self.fallback.warning(format_args!(
                    "{path} can't be archived: {error}; it is written on, and this is tried again"
                )),
            }
        }
    }
}

impl Sink for LogFile {
    fn write(&self, line: &Line) {
        let mut news = Vec::new();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match self.append(&mut state, line, &mut news) {
            Ok(()) if state.lost > 0 => {
                news.push(News::Back(state.lost));
                state.lost = 0;
            }
            Ok(()) => {}
            Err(error) => {
                state.open = None;
                if state.lost == 0 {
                    news.push(News::Lost(error));
                }
                state.lost = state.lost.saturating_add(1);
            }
        }
        drop(state);
        self.tell(news);
    }
}

/// The time of a log's first line.
fn first_time(mut file: File) -> Option<DateTime> {
    let mut start = [0; 19];
    file.read_exact(&mut start).ok()?;
    DateTime::strptime("%Y-%m-%d %H:%M:%S", start).ok()
}

fn local(time: SystemTime) -> Option<DateTime> {
    Some(Timestamp::try_from(time).ok()?.to_zoned_datetime(TimeZone::system()).datetime())
}

#[cfg(test)]
mod tests;
