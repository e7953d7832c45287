//! The log archive: `Archives\yyyy_mm_dd (Weekday)\LogName hhmmss - hhmmss.log`.
//!
//! The name contains the times at which the log began and at which its last line was written; the folder is
//! named after the day on which it began. If two logs began and ended in the same second, ` (2)` follows the
//! times of the second one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::civil::{Date, DateTime};

use super::{LogName, place};

/// The folder of archived logs, in the folder of the logs.
pub(super) const ARCHIVES: &str = "Archives";

/// The maximum total size of archived logs, in bytes, whatever their age. With the documented defaults (10
/// days of logs of 150,000 bytes), this is 700 logs a day. Without this limit, anyone who can make the agent
/// log could fill the disk.
pub(super) const MOST: u64 = 1 << 30;

/// The smallest space that a file takes on the disk, and the increment.
const BLOCK: u64 = 4096;

/// The maximum number of logs of one name that can begin and end in the same second.
const MOST_IN_A_SECOND: u32 = 1000;

/// Moves the log at `path` into the archive, unless another process has just done so.
///
/// # Errors
/// The system's error. In this case the log has not been moved.
pub(super) fn archive(
    path: &Path,
    archives: &Path,
    name: LogName,
    began: DateTime,
    ended: DateTime,
) -> io::Result<()> {
    let folder = archives.join(day_folder(began.date()));
    place::folder(archives)?;
    place::folder(&folder)?;
    gone(fs::rename(path, free_name(&folder, name, began, ended)?)).map(drop)
}

/// Removes the folders of days before the `keep` days that precede `today`, and returns the result for each.
/// A folder that contains anything other than archived logs belongs to someone else, and is left alone.
///
/// # Errors
/// If the archive exists but can't be read.
pub(super) fn purge(archives: &Path, today: Date, keep: u32) -> io::Result<Vec<Purged>> {
    let mut purged = Vec::new();
    for (day, folder) in days(archives)? {
        let age = day.until(today).map(|span| span.get_days()).unwrap_or_default();
        if i64::from(age) > i64::from(keep) {
            match remove(&folder) {
                Ok(true) => purged.push(Purged { folder, result: Ok(()) }),
                Ok(false) => {}
                Err(error) => purged.push(Purged { folder, result: Err(error) }),
            }
        }
    }
    Ok(purged)
}

/// An expired folder.
#[derive(Debug)]
pub(super) struct Purged {
    pub(super) folder: PathBuf,
    /// Whether it could be removed.
    pub(super) result: io::Result<()>,
}

/// Removes the oldest archived logs until the rest takes at most `most` bytes, and returns how many were
/// removed. As in [`purge`], a folder that contains anything else is left alone, and does not count.
///
/// # Errors
/// If the archive exists but can't be read, or if a log can't be removed.
pub(super) fn shrink(archives: &Path, most: u64) -> io::Result<usize> {
    let mut logs = Vec::new();
    for (day, folder) in days(archives)? {
        for log in gone(logs_of(&folder))?.flatten().into_iter().flatten() {
            logs.push((day, log));
        }
    }
    let mut total = logs.iter().fold(0_u64, |total, (_, log)| total.saturating_add(log.size));
    logs.sort();
    let mut removed = 0;
    for (_, log) in logs.iter().take_while(|(_, log)| {
        let over = total > most;
        total = total.saturating_sub(log.size);
        over
    }) {
        gone(fs::remove_file(&log.path))?;
        removed += 1;
        if let Some(folder) = log.path.parent() {
            // Succeeds only once the day's last log is gone.
            let _ = fs::remove_dir(folder);
        }
    }
    Ok(removed)
}

/// The folders of days in the archive; empty if there is no archive.
fn days(archives: &Path) -> io::Result<Vec<(Date, PathBuf)>> {
    match place::is_folder(archives) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        is_folder => is_folder?,
    }
    let mut days = Vec::new();
    for entry in fs::read_dir(archives)? {
        let entry = entry?;
        // Links are not followed: their targets are not in the archive.
        if let Some(day) = entry.file_name().to_str().and_then(day_of)
            && entry.file_type()?.is_dir()
        {
            days.push((day, entry.path()));
        }
    }
    Ok(days)
}

/// An archived log, ordered by age within its day.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Archived {
    began: String,
    ended: SystemTime,
    path: PathBuf,
    size: u64,
}

/// The logs in the folder of a day; `None` if it contains anything other than archived logs.
fn logs_of(folder: &Path) -> io::Result<Option<Vec<Archived>>> {
    let mut logs = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let (Some(began), true) = (name.to_str().and_then(began_of), entry.file_type()?.is_file()) else {
            return Ok(None);
        };
        // The metadata of a link itself: its target is not in the archive.
        let metadata = entry.metadata()?;
        logs.push(Archived {
            began: began.to_owned(),
            ended: metadata.modified()?,
            path: entry.path(),
            size: metadata.len().div_ceil(BLOCK).max(1).saturating_mul(BLOCK),
        });
    }
    Ok(Some(logs))
}

/// Removes the folder of a day, unless it contains anything other than archived logs; returns whether it did.
fn remove(folder: &Path) -> io::Result<bool> {
    let Some(logs) = logs_of(folder)? else { return Ok(false) };
    for log in logs {
        gone(fs::remove_file(log.path))?;
    }
    // Not recursively: something may have been added in the meantime.
    gone(fs::remove_dir(folder)).map(|_| true)
}

/// The agent and JORS share an archive: files that the other process has moved or removed count as gone.
fn gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        result => result.map(Some),
    }
}

fn free_name(folder: &Path, name: LogName, began: DateTime, ended: DateTime) -> io::Result<PathBuf> {
    let times = format!("{name} {} - {}", began.strftime("%H%M%S"), ended.strftime("%H%M%S"));
    let names = (1..MOST_IN_A_SECOND).map(|n| match n {
        1 => folder.join(format!("{times}.log")),
        n => folder.join(format!("{times} ({n}).log")),
    });
    for name in names {
        match name.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(name),
            Err(error) => return Err(error),
            Ok(_) => {}
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("there are too many logs named {times}")))
}

/// "2026_11_22 (Sunday)".
fn day_folder(day: Date) -> String {
    day.strftime("%Y_%m_%d (%A)").to_string()
}

/// The day of a folder with such a name.
fn day_of(name: &str) -> Option<Date> {
    let day = Date::strptime("%Y_%m_%d", name.get(..10)?).ok()?;
    (day_folder(day) == name).then_some(day)
}

/// When an archived log began, `hhmmss`, by its file name; `None` if [`free_name`] makes no such name.
fn began_of(file_name: &str) -> Option<&str> {
    let stem = file_name.strip_suffix(".log")?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_time = |text: &str| text.len() == 6 && is_number(text);
    LogName::ALL.iter().find_map(|name| {
        let rest = stem.strip_prefix(name.file_stem()).and_then(|rest| rest.strip_prefix(' '))?;
        let (began, rest) = rest.split_once(" - ")?;
        let (ended, number) = rest.split_once(' ').unwrap_or((rest, "(2)"));
        let number = number.strip_prefix('(').and_then(|number| number.strip_suffix(')'))?;
        (is_time(began) && is_time(ended) && is_number(number)).then_some(began)
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn names_say_when() {
        let folder = tempfile::tempdir().unwrap();
        let (began, ended) = (date(2026, 11, 22).at(4, 40, 6, 0), date(2026, 11, 22).at(23, 59, 59, 0));
        let archives = folder.path().join("Archives");
        let archived = || {
            let path = folder.path().join("MSLSAM.log");
            fs::write(&path, "line").unwrap();
            archive(&path, &archives, LogName::Agent, began, ended).unwrap();
            assert!(!path.exists());
        };
        (0..3).for_each(|_| archived());
        let day = archives.join("2026_11_22 (Sunday)");
        let mut names: Vec<_> = fs::read_dir(day)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(
            names,
            [
                "MSLSAM 044006 - 235959 (2).log",
                "MSLSAM 044006 - 235959 (3).log",
                "MSLSAM 044006 - 235959.log"
            ]
        );
        assert!(names.iter().all(|name| began_of(name) == Some("044006")));
    }

    #[test]
    fn what_is_no_name_of_the_archive_is_told_apart() {
        assert_eq!(day_of("2026_11_22 (Sunday)"), Some(date(2026, 11, 22)));
        for name in
            ["2026_11_22 (Monday)", "2026_11_22", "2026_13_01 (Sunday)", "2026_11_22 (Sunday) copy", "ä"]
        {
            assert_eq!(day_of(name), None, "{name}");
        }
        assert_eq!(began_of("MSLSAMTrace 000000 - 235959.log"), Some("000000"));
        for name in [
            "MSLSAM.log",
            "MSLSAM 044006 - 235959.txt",
            "MSLSAM 044006 - 235959 .log",
            "MSLSAM 044006 - 235959 (x).log",
            "MSLSAM 04400 - 2359590.log",
            "Other 044006 - 235959.log",
            "MSLSAM044006 - 235959.log",
        ] {
            assert_eq!(began_of(name), None, "{name}");
        }
    }

    /// An archive with a folder for each of these days, and a log in each.
    fn archive_of(days: &[Date]) -> tempfile::TempDir {
        let archives = tempfile::tempdir().unwrap();
        for day in days {
            let folder = archives.path().join(day_folder(*day));
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("MSLSAM 010203 - 040506.log"), "line").unwrap();
            fs::write(folder.join("MSJORS 010203 - 040506 (2).log"), "line").unwrap();
        }
        archives
    }

    #[test]
    fn days_are_kept_as_long_as_the_setting_says() {
        let today = date(2026, 3, 2);
        let days =
            [date(2026, 3, 2), date(2026, 3, 1), date(2026, 2, 28), date(2026, 2, 27), date(2025, 3, 2)];
        for (keep, left) in [(10, 4), (3, 4), (2, 3), (1, 2), (0, 1), (36_500, 5)] {
            let archives = archive_of(&days);
            let purged = purge(archives.path(), today, keep).unwrap();
            assert!(purged.iter().all(|purged| purged.result.is_ok()), "{purged:?}");
            let there: Vec<_> =
                days.iter().map(|day| archives.path().join(day_folder(*day)).exists()).collect();
            assert_eq!(there.iter().filter(|there| **there).count(), left, "{keep}: {there:?}");
            assert!(there.is_sorted_by(|a, b| a >= b), "{keep}: {there:?}");
            assert_eq!(purged.len(), days.len() - left);
        }
        assert!(purge(Path::new("no-such-folder"), today, 0).unwrap().is_empty());
    }

    #[test]
    fn a_folder_with_anything_else_in_it_stays() {
        let days = [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)];
        let archives = archive_of(&days);
        let folder = |n: usize| archives.path().join(day_folder(days[n]));
        fs::write(folder(0).join("notes.txt"), "").unwrap();
        fs::create_dir(folder(1).join("MSLSAM 000000 - 000000.log")).unwrap();
        fs::create_dir(archives.path().join("2026_01_04")).unwrap();
        fs::write(archives.path().join(day_folder(date(2026, 1, 5))), "a file").unwrap();
        let purged = purge(archives.path(), date(2026, 6, 1), 10).unwrap();
        assert!(purged.len() == 1 && purged[0].folder == folder(2), "{purged:?}");
        assert_eq!(fs::read_dir(folder(0)).unwrap().count(), 3, "its logs stay too");
        assert_eq!(fs::read_dir(archives.path()).unwrap().count(), 4);
    }

    #[test]
    fn the_oldest_logs_are_removed_when_there_are_too_many_bytes_of_them() {
        let days = [date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)];
        let archives = archive_of(&days);
        let folder = |n: usize| archives.path().join(day_folder(days[n]));
        let logs = |n: usize| fs::read_dir(folder(n)).map_or(0, Iterator::count);
        // Each takes one block, this one two.
        fs::write(folder(1).join("MSLSAM 090000 - 100000.log"), vec![0; 5000]).unwrap();
        assert_eq!(shrink(archives.path(), 8 * BLOCK).unwrap(), 0);
        assert_eq!(shrink(archives.path(), 7 * BLOCK).unwrap(), 1);
        assert_eq!((logs(0), logs(1), logs(2)), (1, 3, 2));
        fs::write(folder(2).join("notes.txt"), "").unwrap();
        assert_eq!(shrink(archives.path(), 2 * BLOCK).unwrap(), 3, "what is in its folder does not count");
        assert!(!folder(0).exists() && folder(1).join("MSLSAM 090000 - 100000.log").exists());
        assert_eq!(shrink(archives.path(), 0).unwrap(), 1);
        assert!(!folder(1).exists());
        assert_eq!(logs(2), 3);
        assert_eq!(shrink(Path::new("no-such-folder"), 0).unwrap(), 0);
    }

    /// A full archive of the documented number of days.
    #[test]
    fn the_default_number_of_days_has_room() {
        let settings = lsam_core::config::Settings::default();
        let logs =
            MOST / u64::from(settings.maximum_log_file_size) / u64::from(settings.archive_days_to_keep);
        assert!(logs >= 700, "{logs} a day");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let elsewhere = archive_of(&[date(2026, 1, 1)]);
        let archives = tempfile::tempdir().unwrap();
        let name = day_folder(date(2026, 1, 1));
        std::os::unix::fs::symlink(elsewhere.path().join(&name), archives.path().join(&name)).unwrap();
        assert!(purge(archives.path(), date(2026, 6, 1), 10).unwrap().is_empty());
        assert_eq!(fs::read_dir(elsewhere.path().join(&name)).unwrap().count(), 2);
        assert_eq!(shrink(archives.path(), 0).unwrap(), 0);

        let link = archives.path().join("Archives");
        std::os::unix::fs::symlink(elsewhere.path(), &link).unwrap();
        assert!(purge(&link, date(2026, 6, 1), 10).is_err() && shrink(&link, 0).is_err());
        let log = archives.path().join("MSLSAM.log");
        fs::write(&log, "line").unwrap();
        let now = date(2026, 1, 1).at(1, 2, 3, 0);
        for archives in [link.as_path(), archives.path()] {
            assert!(archive(&log, archives, LogName::Agent, now, now).is_err());
        }
        assert!(log.exists());
        assert_eq!(fs::read_dir(elsewhere.path().join(&name)).unwrap().count(), 2);
    }
}
