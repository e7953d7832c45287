use std::fs;
use std::path::MAIN_SEPARATOR;

use lsam_core::agent::CheckCrc;
use tempfile::TempDir;

use super::*;
use crate::config::whole;
use crate::event::LogSink;
use crate::log::{Level, Memory};

/// Makes the log contain every setting.
const DETAIL: &str = "[Debug Options]\nTraceLevel=1\n";
const FILE: &str = "[TCP/IP Parameters]\nAllowedIPAddress_1=192.0.2.1\nSocketNumberToSAM=3200\n";

/// A watched file, and the agent's view of it.
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
        fs::write(&path, whole(content)).unwrap();
        let lines = Memory::default();
        let log = Log::new(vec![Box::new(lines.clone())]);
        let journal = Journal::to_folder(folder.path(), &[], &log, Some(Box::new(LogSink(log.clone()))));
        let file = IniFile::read(&path).unwrap();
        let settings = file.configuration().unwrap().settings;
        let dynamic = Dynamic::new(&settings);
        journal.apply(&settings);
        let watch = Watch::new(file.clone(), journal.log());
        Self { folder, watch, dynamic, journal, lines }
    }

    fn write(&self, lines: &str) {
        self.put(whole(lines));
    }

    fn put(&self, content: impl AsRef<[u8]>) {
        fs::write(self.folder.path().join("MSLSAM.ini"), content).unwrap();
    }

    /// Checks once, and returns what this logs, without the folder's name, the effective settings and the
    /// events.
    fn look(&mut self) -> Vec<String> {
        let before = self.lines.texts().len();
        self.watch.look(&self.dynamic, &self.journal);
        let folder = format!("{}{MAIN_SEPARATOR}", self.folder.path().display());
        let lines = self.lines.texts().split_off(before);
        let lines = lines
            .into_iter()
            .filter(|line| !line.starts_with("configuration") && !line.starts_with("event: "));
        lines.map(|line| line.replace(&folder, "")).collect()
    }

    /// Checks until a change has settled.
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
fn the_log_begins_with_one_line_of_what_holds_and_one_of_what_does_nothing() {
    let lines = |content: &str| {
        let watched = Watched::new(content);
        let path = format!("configuration of {}: ", watched.folder.path().join("MSLSAM.ini").display());
        let lines = watched.lines.texts().into_iter();
        lines.map(|line| line.strip_prefix(&path).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(lines(""), ["every setting has its default"]);
    assert_eq!(
        lines(&format!("{FILE}[Job Start]\nMsg={}\nType=4\n", "x".repeat(100))),
        [
            format!(
                "[TCP/IP Parameters] SocketNumberToSAM=3200, [TCP/IP Parameters] \
                 AllowedIPAddress_1=192.0.2.1, [Job Start] Msg={}…; the others have their defaults",
                "x".repeat(60)
            )
            .as_str(),
            "read, but without effect in this version: [Job Start] Msg, Type"
        ]
    );
}

#[test]
fn with_trace_level_1_the_log_holds_every_setting() {
    let watched = Watched::new(&format!("{FILE}{DETAIL}"));
    assert_eq!(watched.lines.texts().len(), 1 + lsam_core::config::SETTINGS.len());
    assert!(watched.says("configuration: [TCP/IP Parameters] SocketNumberToSAM=3200 (line 3)"));
    assert!(watched.says("configuration: [TCP/IP Parameters] CheckCRC=TRUE (default)"));
}

#[test]
fn what_is_dynamic_counts_at_once_and_the_rest_after_a_restart() {
    let mut watched = Watched::new(&format!("{FILE}{DETAIL}"));
    assert_eq!(watched.look(), [""; 0]);
    let other = "[TCP/IP Parameters]\nAllowedIPAddress_1=192.0.2.2\nSocketNumberToSAM=3300\nCheckCRC=FALSE\n";
    watched.write(&format!("{other}{DETAIL}"));
    assert_eq!(
        watched.settle(),
        [
            "MSLSAM.ini was changed: [TCP/IP Parameters] SocketNumberToSAM: \"3200\" becomes \"3300\" after \
             a restart",
            "MSLSAM.ini was changed: [TCP/IP Parameters] AllowedIPAddress_1: \"192.0.2.1\" becomes \
             \"192.0.2.2\" at once; this lets more peers in, or verifies less of them",
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

    watched.write(&format!("{FILE}; a comment\n{DETAIL}"));
    assert_eq!(
        watched.settle(),
        [
            "MSLSAM.ini was changed: [TCP/IP Parameters] AllowedIPAddress_1: \"192.0.2.2\" becomes \
             \"192.0.2.1\" at once; this lets more peers in, or verifies less of them",
            "MSLSAM.ini was changed: [TCP/IP Parameters] CheckCRC: \"FALSE\" becomes \"TRUE\" at once",
        ],
        "the port is again the one that the agent listens on"
    );
    watched.write(&format!("{FILE}{DETAIL}"));
    assert_eq!(watched.settle(), ["MSLSAM.ini was changed, but no setting has another value"]);
}

#[test]
fn a_file_with_errors_changes_nothing() {
    let mut watched = Watched::new(FILE);
    watched.write("[TCP/IP Parameters]\nAllowedIPAddress_1=ANY\nCheckCRC=no\nSocketNumberToSAM=3200\n");
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
    watched.write(&format!(
        "[General Settings]\nDefaultECOFDirectory={}\nUseSecureSocket=FALSE\n\
         [TCP/IP Parameters]\nAllowedIPAddress_1=ANY\nSocketNumberToSAM=3200\n",
        directory.display()
    ));
    let lines = watched.settle();
    assert!(
        lines[0].contains("DefaultECOFDirectory: \"ecof\" does not exist; make the directory"),
        "{lines:?}"
    );
    assert!(!watched.allows("192.0.2.2"));
    assert_eq!(watched.look(), [""; 0]);
    fs::create_dir(directory).unwrap();
    assert_eq!(watched.look().len(), 2);
    assert!(watched.allows("192.0.2.2"));
    assert_eq!(watched.look(), [""; 0]);
}

#[test]
fn a_file_that_is_being_written_is_waited_for() {
    let mut watched = Watched::new(FILE);
    // Without this line, everybody may connect.
    watched.put("");
    assert_eq!(watched.look(), [""; 0]);
    watched.put(&FILE[..30]);
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
    let event =
        |line: &String| line.starts_with("event: ") && line.contains("MSLSAM.ini can't be read any more: ");
    assert!(watched.lines.texts().iter().any(event), "{:#?}", watched.lines.texts());
    assert!(!watched.allows("192.0.2.2"));
    assert_eq!(watched.look(), [""; 0]);
    let text = format!("\u{feff}{}", whole(&FILE.replace("192.0.2.1", "ANY")));
    watched.put(text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    assert_eq!(watched.settle().len(), 1);
    assert!(watched.allows("192.0.2.2"), "in UTF-16");
}

/// A complete file with every setting that restricts access, TCP/IP last: truncation is hardest to notice in
/// this order.
const STRICT: &str = "[JORS Settings]\nJORSSocket=3110\n[General Settings]\nUseSecureSocket=TRUE\n\
                      TLSCertificateSerial=1\nTLSClientValidation=TRUE\nTLSCheckCertificateRevocation=TRUE\n\
                      TLSRequireRevocationStatus=TRUE\n[TCP/IP Parameters]\nSocketNumberToSAM=3200\n\
                      AllowedIPAddress_1=192.0.2.1\nAllowedIPAddress_2=192.0.2.22";

#[test]
fn no_damage_loosens_access() {
    let mut damaged: Vec<Vec<u8>> = (0..STRICT.len()).map(|end| STRICT.as_bytes()[..end].to_vec()).collect();
    damaged.extend((0..STRICT.len()).map(|begin| STRICT.as_bytes()[begin..].to_vec()).skip(1));
    damaged.push(vec![0; STRICT.len()]);
    damaged.push(STRICT.encode_utf16().flat_map(u16::to_le_bytes).collect());
    for skipped in STRICT.lines() {
        let kept = STRICT.lines().filter(|line| *line != skipped);
        damaged.push(kept.collect::<Vec<_>>().join("\n").into_bytes());
    }
    for content in damaged {
        let mut watched = Watched::new(STRICT);
        watched.put(&content);
        let lines = watched.settle();
        let taken = watched.watch.taken.configuration().unwrap();
        let before = watched.watch.started.configuration().unwrap();
        let text = String::from_utf8_lossy(&content);
        assert_eq!(before.settings.loosened_by(&taken.settings).count(), 0, "{text}: {lines:?}");
        assert!(!watched.allows("192.0.2.2") && !watched.allows("192.0.2.3"), "{text}: {lines:?}");
        if watched.watch.taken == watched.watch.started && content != STRICT.as_bytes() {
            assert!(lines.last().unwrap().ends_with("; the agent goes on as before"), "{text}: {lines:?}");
        }
    }
}

#[test]
fn what_is_left_out_does_not_loosen_access_and_what_is_written_does() {
    let mut watched = Watched::new(STRICT);
    watched.write(&STRICT.replace("AllowedIPAddress_1=192.0.2.1\n", ""));
    let beside = |line| {
        format!(
            "MSLSAM.ini: line {line}, column 20: warning: [TCP/IP Parameters] AllowedIPAddress_1: it is ANY, \
             so that every address may connect, whatever AllowedIPAddress_2 says; write an address or \
             nothing behind the ="
        )
    };
    assert_eq!(
        watched.settle(),
        [
            beside(11).as_str(),
            "MSLSAM.ini was changed, but [TCP/IP Parameters] AllowedIPAddress_1 is missing, without which \
             more peers would be let in, or less verified of them; to have that, write \
             AllowedIPAddress_1=ANY; the agent goes on as before",
        ]
    );
    assert_eq!(watched.look(), [""; 0], "it is said once");
    watched.write(&STRICT.replace("AllowedIPAddress_1=192.0.2.1\n", "AllowedIPAddress_1=ANY\n"));
    let change = "MSLSAM.ini was changed: [TCP/IP Parameters] AllowedIPAddress_1: \"192.0.2.1\" becomes \
                  \"ANY\" at once; this lets more peers in, or verifies less of them";
    assert_eq!(watched.settle(), [beside(11).as_str(), change]);
    assert!(watched.allows("192.0.2.3"));
    let warnings = watched.lines.lines().into_iter().filter(|line| line.level == Level::Warning);
    assert_eq!(warnings.count(), 6, "two with an event for each, and that of ANY beside an address twice");
    for (from, to) in [
        ("UseSecureSocket=TRUE", "UseSecureSocket=FALSE"),
        ("TLSClientValidation=TRUE", "TLSClientValidation=FALSE"),
        ("TLSCheckCertificateRevocation=TRUE", "TLSCheckCertificateRevocation=FALSE"),
        ("TLSRequireRevocationStatus=TRUE", "TLSRequireRevocationStatus=FALSE"),
    ] {
        let mut watched = Watched::new(STRICT);
        watched.write(&STRICT.replace(from, to));
        watched.settle();
        let lines = watched.lines.texts();
        let events =
            lines.iter().filter(|line| line.starts_with("event: ") && line.contains("lets more peers in"));
        assert_eq!(events.count(), 1, "{lines:?}");
    }
}
