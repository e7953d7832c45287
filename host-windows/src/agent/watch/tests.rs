use std::fs;
use std::path::MAIN_SEPARATOR;

use lsam_core::agent::CheckCrc;
use tempfile::TempDir;

use super::*;
use crate::log::Memory;

const FILE: &str = "[TCP/IP Parameters]\nAllowedIPAddress_1=192.0.2.1\nSocketNumberToSAM=3200\n";

/// A file that is watched, with what the agent makes of it.
struct Watched {
    folder: TempDir,
    watch: Watch,
    dynamic: Dynamic,
    journal: Journal,
    lines: Memory,
}

impl Watched {
    fn new(content: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("MSLSAM.ini");
        fs::write(&path, content).unwrap();
        let lines = Memory::default();
        let log = Log::new(vec![Box::new(lines.clone())]);
        let file = IniFile::read(&path).unwrap();
        let dynamic = Dynamic::new(&file.configuration().unwrap().settings);
        let watch = Watch::new(file, &log);
        Self { folder, watch, dynamic, journal: Journal::from(log), lines }
    }

    fn write(&self, content: impl AsRef<[u8]>) {
        fs::write(self.folder.path().join("MSLSAM.ini"), content).unwrap();
    }

    /// Looks once, and gives what that writes to the log, without the folder's name and without what holds.
    fn look(&mut self) -> Vec<String> {
        let before = self.lines.texts().len();
        self.watch.look(&self.dynamic, &self.journal);
        let folder = format!("{}{MAIN_SEPARATOR}", self.folder.path().display());
        let lines = self.lines.texts().split_off(before);
        let lines = lines.into_iter().filter(|line| !line.starts_with("configuration: "));
        lines.map(|line| line.replace(&folder, "")).collect()
    }

    /// Looks until a change is settled.
    fn settle(&mut self) -> Vec<String> {
        assert_eq!(self.look(), [""; 0]);
        self.look()
    }

    fn allows(&self, address: &str) -> bool {
        self.dynamic.allows(address.parse().unwrap())
    }

    fn says(&self, line: &str) -> bool {
        self.lines.texts().iter().any(|text| text == line)
    }
}

#[test]
fn the_log_begins_with_all_that_holds() {
    let watched = Watched::new(FILE);
    assert_eq!(watched.lines.texts().len(), lsam_core::config::SETTINGS.len());
    assert!(watched.says("configuration: [TCP/IP Parameters] SocketNumberToSAM=3200 (line 3)"));
    assert!(watched.says("configuration: [TCP/IP Parameters] CheckCRC=TRUE (default)"));
}

#[test]
fn what_is_dynamic_counts_at_once_and_the_rest_after_a_restart() {
    let mut watched = Watched::new(FILE);
    assert_eq!(watched.look(), [""; 0]);
    watched
        .write("[TCP/IP Parameters]\nAllowedIPAddress_1=192.0.2.2\nSocketNumberToSAM=3300\nCheckCRC=FALSE\n");
    assert_eq!(
        watched.settle(),
        [
            "MSLSAM.ini was changed: [TCP/IP Parameters] SocketNumberToSAM: \"3200\" becomes \"3300\" after a restart",
            "MSLSAM.ini was changed: [TCP/IP Parameters] AllowedIPAddress_1: \"192.0.2.1\" becomes \"192.0.2.2\" at once",
            "MSLSAM.ini was changed: [TCP/IP Parameters] CheckCRC: \"TRUE\" becomes \"FALSE\" at once",
        ]
    );
    assert!(watched.allows("192.0.2.2") && !watched.allows("192.0.2.1"));
    assert_eq!(watched.dynamic.check_crc(), CheckCrc::Off);
    assert!(
        watched
            .says("configuration: [TCP/IP Parameters] SocketNumberToSAM=3200 (line 3: 3300 after a restart)")
    );
    assert!(watched.says("configuration: [TCP/IP Parameters] CheckCRC=FALSE (line 4)"));
    assert_eq!(watched.look(), [""; 0]);

    watched.write(format!("{FILE}; a comment\n"));
    assert_eq!(
        watched.settle(),
        [
            "MSLSAM.ini was changed: [TCP/IP Parameters] AllowedIPAddress_1: \"192.0.2.2\" becomes \"192.0.2.1\" at once",
            "MSLSAM.ini was changed: [TCP/IP Parameters] CheckCRC: \"FALSE\" becomes \"TRUE\" at once",
        ],
        "the port is again the one that the agent listens on"
    );
    watched.write(FILE);
    assert_eq!(watched.settle(), ["MSLSAM.ini was changed, but no setting has another value"]);
}

#[test]
fn a_file_with_errors_changes_nothing() {
    let mut watched = Watched::new(FILE);
    watched.write("[TCP/IP Parameters]\nAllowedIPAddress_1=ANY\nCheckCRC=no\n");
    let lines = watched.settle();
    let [finding, kept] = lines.as_slice() else { panic!("{lines:?}") };
    assert!(
        finding.starts_with("MSLSAM.ini: line 3, column 10: error: [TCP/IP Parameters] CheckCRC"),
        "{finding}"
    );
    assert_eq!(
        kept,
        "MSLSAM.ini was changed, but the file has an error and is not used; the agent goes on as before"
    );
    assert!(watched.allows("192.0.2.1") && !watched.allows("192.0.2.2"));
    assert_eq!(watched.look(), [""; 0], "it is said once");
    watched.write(FILE);
    assert_eq!(watched.settle(), ["MSLSAM.ini is again as it was before"]);
}

#[test]
fn a_file_is_taken_once_the_machine_has_what_it_names() {
    let mut watched = Watched::new(FILE);
    let directory = watched.folder.path().join("ecof");
    watched.write(format!("[General Settings]\nDefaultECOFDirectory={}\n", directory.display()));
    let lines = watched.settle();
    assert!(
        lines[0].contains("DefaultECOFDirectory: \"ecof\" does not exist; make the directory"),
        "{lines:?}"
    );
    assert!(!watched.allows("192.0.2.2"));
    assert_eq!(watched.look(), [""; 0]);
    fs::create_dir(directory).unwrap();
    assert_eq!(watched.look().len(), 3);
    assert!(watched.allows("192.0.2.2"));
    assert_eq!(watched.look(), [""; 0]);
}

#[test]
fn a_file_that_is_being_written_is_waited_for() {
    let mut watched = Watched::new(FILE);
    // Without a line, everybody may connect.
    watched.write("");
    assert_eq!(watched.look(), [""; 0]);
    watched.write(&FILE[..30]);
    assert_eq!(watched.look(), [""; 0]);
    watched.write(FILE);
    assert_eq!(watched.look(), [""; 0]);
    assert_eq!(watched.look(), [""; 0]);
    assert!(!watched.allows("192.0.2.2"));
}

#[test]
fn a_file_that_is_gone_changes_nothing() {
    let mut watched = Watched::new(FILE);
    fs::remove_file(watched.folder.path().join("MSLSAM.ini")).unwrap();
    let lines = watched.settle();
    assert!(lines.len() == 1 && lines[0].starts_with("MSLSAM.ini can't be read any more: "), "{lines:?}");
    assert!(lines[0].ends_with("; the agent goes on as before"), "{lines:?}");
    assert!(!watched.allows("192.0.2.2"));
    assert_eq!(watched.look(), [""; 0]);
    watched.write(
        "\u{feff}[TCP/IP Parameters]\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
    );
    assert_eq!(watched.settle().len(), 2);
    assert!(watched.allows("192.0.2.2"), "by its default, in UTF-16");
}
