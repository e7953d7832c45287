use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::log::{Level, LogFolder, Memory};

/// A folder with a log, and the lines of its fallback.
struct Site {
    folder: TempDir,
    logs: LogFolder,
    file: Arc<LogFile>,
    policy: Arc<Policy>,
    said: Memory,
}

impl Site {
    fn new(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (policy, said) = (Arc::new(Policy::default()), Memory::default());
        let fallback = Log::new(vec![Box::new(said.clone())]);
        let mut logs = LogFolder::new(folder.path().join("Log"), Arc::clone(&policy));
        let file = logs.file(LogName::Agent, fallback);
        let site = Self { folder, logs, file, policy, said };
        site.set(settings);
        site
    }

    /// Applies lines of [Debug Options].
    fn set(&self, lines: &str) {
        let text = format!("[Debug Options]\n{lines}\n");
        self.policy.apply(&lsam_core::config::Settings::parse_part(text.as_bytes(), |_| {}).unwrap());
    }

    fn write(&self, time: &str, text: &str) {
        self.file.write(&line(time, text));
    }

    fn tick(&self, time: &str) {
        self.logs.tick(&zoned(time), &Log::new(Vec::new()));
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("Log/MSLSAM.log")
    }

    /// The texts of the lines in the log.
    fn texts(&self) -> Vec<String> {
        texts(&self.path())
    }

    /// The archived logs, as `day/name`, in order.
    fn archived(&self) -> Vec<String> {
        let mut names = Vec::new();
        let Ok(days) = fs::read_dir(self.folder.path().join("Log/Archives")) else { return names };
        for day in days.map(Result::unwrap) {
            for log in fs::read_dir(day.path()).unwrap().map(Result::unwrap) {
                names.push(
                    [day.file_name(), log.file_name()].map(|name| name.into_string().unwrap()).join("/"),
                );
            }
        }
        names.sort();
        names
    }

    fn archived_texts(&self, name: &str) -> Vec<String> {
        texts(&self.folder.path().join("Log/Archives").join(name))
    }
}

/// A time in the machine's zone.
fn zoned(time: &str) -> ZonedDateTime {
    DateTime::strptime("%Y-%m-%d %H:%M:%S", time).unwrap().to_zoned_datetime(TimeZone::system()).unwrap()
}

/// A line of 48 bytes, line end included, for a text of 8 bytes.
fn line(time: &str, text: &str) -> Line {
    Line { time: zoned(time), level: Level::Information, text: text.to_owned(), about: None }
}

fn texts(path: &Path) -> Vec<String> {
    let content = fs::read_to_string(path).unwrap();
    assert!(content.is_empty() || content.ends_with(LINE_END), "{content}");
    content.lines().map(|line| line["2026-01-02 03:04:05.678 +00:00 warning ".len()..].to_owned()).collect()
}

#[test]
fn lines_are_appended_to_what_is_there() {
    let site = Site::new("");
    assert!(!site.path().exists());
    site.write("2026-11-22 04:40:06", "one");
    site.write("2026-11-22 04:40:07", "two");
    let content = fs::read_to_string(site.path()).unwrap();
    assert!(content.starts_with("2026-11-22 04:40:06.000 ") && content.contains(" info    one"), "{content}");
    let other =
        LogFile::new(LogName::Agent, site.folder.path().join("Log"), Arc::default(), Log::new(Vec::new()));
    other.write(&line("2026-11-22 04:40:08", "after a restart"));
    assert_eq!(site.texts(), ["one", "two", "after a restart"]);
}

#[test]
fn a_log_is_archived_at_its_largest_size_and_not_before() {
    let length = line("2026-11-22 04:40:06", "12345678").to_string().len() + LINE_END.len();
    let site = Site::new(&format!("MaximumLogFileSize={}", 3 * length));
    for n in 0..7 {
        site.write(&format!("2026-11-22 04:40:0{n}"), &format!("line   {n}"));
    }
    assert_eq!(
        site.archived(),
        ["2026_11_22 (Sunday)/MSLSAM 044000 - 044002.log", "2026_11_22 (Sunday)/MSLSAM 044003 - 044005.log"]
    );
    assert_eq!(site.archived_texts(&site.archived()[1]), ["line   3", "line   4", "line   5"]);
    assert_eq!(site.texts(), ["line   6"]);
}

#[test]
fn a_line_that_is_longer_than_the_size_has_a_log_for_itself() {
    let site = Site::new("MaximumLogFileSize=1");
    for n in 0..4 {
        site.write("2026-11-22 04:40:06", &n.to_string());
    }
    assert_eq!(site.texts(), ["3"]);
    let names = ["", " (2)", " (3)"].map(|n| format!("2026_11_22 (Sunday)/MSLSAM 044006 - 044006{n}.log"));
    for (n, name) in names.iter().enumerate() {
        assert_eq!(site.archived_texts(name), [n.to_string()]);
    }
}

#[test]
fn a_change_of_the_size_counts_at_once() {
    let site = Site::new("MaximumLogFileSize=100000");
    (0..10).for_each(|_| site.write("2026-11-22 04:40:06", "line"));
    site.tick("2026-11-22 04:40:07");
    assert!(site.archived().is_empty());
    site.set("MaximumLogFileSize=200");
    site.tick("2026-11-22 04:40:08");
    assert_eq!(site.archived().len(), 1);
    assert!(!site.path().exists(), "it begins with its first line");
    site.set("MaximumLogFileSize=100000");
    (0..10).for_each(|_| site.write("2026-11-22 04:40:09", "line"));
    assert_eq!((site.texts().len(), site.archived().len()), (10, 1));
}

#[test]
fn a_log_is_archived_at_midnight() {
    for idle in [true, false] {
        let site = Site::new("");
        site.write("2026-11-22 08:00:00", "first");
        site.write("2026-11-22 23:59:58", "last");
        site.tick("2026-11-22 23:59:59");
        assert!(site.archived().is_empty());
        if idle {
            site.tick("2026-11-23 00:00:00");
        } else {
            site.write("2026-11-23 00:00:00", "next");
            site.write("2026-11-22 23:59:59", "of a slower thread");
        }
        assert_eq!(site.archived(), ["2026_11_22 (Sunday)/MSLSAM 080000 - 235958.log"]);
        assert_eq!(site.archived_texts(&site.archived()[0]), ["first", "last"]);
        assert_eq!(site.path().exists(), !idle);
    }
}

#[test]
fn a_log_of_days_ago_is_archived_when_the_agent_starts_again() {
    let site = Site::new("");
    fs::create_dir(site.folder.path().join("Log")).unwrap();
    fs::write(site.path(), "2026-11-20 07:08:09.000 +00:00 info    old\n").unwrap();
    site.tick("2026-11-22 08:00:00");
    let archived = site.archived();
    assert!(archived[0].starts_with("2026_11_20 (Friday)/MSLSAM 070809 - "), "{archived:?}");

    // A foreign file has no time in its first line.
    fs::write(site.path(), "something else\n").unwrap();
    site.write("2101-01-01 08:00:00", "new");
    assert_eq!((site.archived().len(), site.texts()), (2, vec!["new".to_owned()]));
}

#[test]
fn archives_are_kept_for_the_days_of_the_setting() {
    let site = Site::new("");
    for day in 1..=9 {
        site.write(&format!("2026-11-0{day} 08:00:00"), "line");
    }
    site.tick("2026-11-09 09:00:00");
    assert_eq!(site.archived().len(), 8, "ten days");
    site.set("ArchiveDaysToKeep=3");
    site.tick("2026-11-09 09:00:01");
    assert_eq!(site.archived().len(), 3, "a change counts at once");
    assert!(site.archived()[0].starts_with("2026_11_06 "));
    site.tick("2026-11-10 00:00:00");
    assert_eq!(site.archived().len(), 3, "the 6th is gone and the 9th has come");
    assert!(site.archived()[0].starts_with("2026_11_07 "));
}

// Windows keeps a folder as long as a file in it is open.
#[cfg(unix)]
#[test]
fn a_log_comes_back_after_it_was_removed_with_its_folder() {
    let site = Site::new("");
    site.write("2026-11-22 08:00:00", "one");
    fs::remove_dir_all(site.folder.path().join("Log")).unwrap();
    site.tick("2026-11-22 08:00:01");
    site.write("2026-11-22 08:00:02", "two");
    assert_eq!(site.texts(), ["two"]);
    fs::write(site.path(), "").unwrap();
    site.tick("2026-11-22 08:00:03");
    site.write("2026-11-22 08:00:04", "three");
    assert_eq!(site.texts(), ["three"]);
    assert!(site.said.texts().is_empty());
}

#[test]
fn two_processes_with_one_log_lose_nothing_at_midnight() {
    let site = Site::new("");
    let said = Memory::default();
    let fallback = Log::new(vec![Box::new(said.clone())]);
    let folder = site.folder.path().join("Log");
    let other = LogFile::new(LogName::Agent, folder, Arc::default(), fallback);
    site.write("2026-11-22 08:00:00", "one");
    other.write(&line("2026-11-22 08:00:00", "other"));
    site.tick("2026-11-23 00:00:00");
    other.tick(&zoned("2026-11-23 00:00:00"));
    site.write("2026-11-23 00:00:01", "two");
    other.write(&line("2026-11-23 00:00:01", "another"));
    assert_eq!((site.archived().len(), site.texts()), (1, vec!["two".to_owned(), "another".to_owned()]));
    assert_eq!(site.archived_texts(&site.archived()[0]), ["one", "other"]);
    assert!(said.texts().is_empty() && site.said.texts().is_empty());
}

#[test]
fn that_a_log_cant_be_written_is_said_once_and_it_is_tried_again() {
    let site = Site::new("");
    // A file where the folder should be.
    fs::write(site.folder.path().join("Log"), "").unwrap();
    (0..3).for_each(|_| site.write("2026-11-22 08:00:00", "lost"));
    let said = site.said.texts();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("MSLSAM.log can't be written: ") && said[0].contains("; the agent goes on"));
    fs::remove_file(site.folder.path().join("Log")).unwrap();
    site.write("2026-11-22 08:00:05", "there");
    site.write("2026-11-22 08:00:05", "next");
    assert_eq!(site.texts(), ["lines that could not be written are missing here: 3", "there", "next"]);
    let said = site.said.texts();
    assert!(said.len() == 2 && said[1].ends_with("is written again; lines that are lost: 3"), "{said:?}");
}

#[test]
fn what_is_no_file_is_not_written_to() {
    let site = Site::new("");
    fs::create_dir_all(site.path()).unwrap();
    site.write("2026-11-22 08:00:00", "lost");
    site.tick("2026-11-22 08:00:01");
    assert!(site.said.texts()[0].contains("it is not a regular file"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_costs_lines_and_nothing_else() {
    let site = Site::new("");
    fs::create_dir(site.folder.path().join("Log")).unwrap();
    site.write("2026-11-22 08:00:00", "one");
    // Every write to /dev/full fails as on a full disk.
    let full = File::options().append(true).open("/dev/full").unwrap();
    site.file.state.lock().unwrap().open.as_mut().unwrap().file = full;
    File::options().append(true).open(site.path()).unwrap().write_all(b"half a li").unwrap();
    site.write("2026-11-22 08:00:01", "lost");
    site.write("2026-11-22 08:00:02", "two");
    assert_eq!(site.texts(), ["one", "lines that could not be written are missing here: 1", "two"]);
    assert!(site.said.texts()[0].contains("No space left on device"), "{:?}", site.said.texts());
}

#[test]
fn a_log_that_cant_be_archived_is_written_on_to_a_bound() {
    let site = Site::new("MaximumLogFileSize=1000");
    let archives = site.folder.path().join("Log/Archives");
    fs::create_dir(site.folder.path().join("Log")).unwrap();
    fs::write(&archives, "no folder").unwrap();
    let text = "x".repeat(10_000);
    (0..200).for_each(|_| site.write("2026-11-22 08:00:00", &text));
    let length = site.path().metadata().unwrap().len();
    assert!((OVERDUE_LEAST..OVERDUE_LEAST + 11_000).contains(&length), "{length}");
    let said = site.said.texts();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("can't be archived: ") && said[1].contains("it is full and can't be archived"));
    fs::remove_file(archives).unwrap();
    std::thread::sleep(REST);
    site.write("2026-11-22 08:00:05", "there");
    assert_eq!((site.archived().len(), site.texts()[1].as_str()), (1, "there"));
}
