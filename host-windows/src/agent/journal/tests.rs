use std::fs;
use std::sync::Mutex;

use lsam_core::config::EventType;
use tempfile::TempDir;

use super::*;
use crate::event::Occurrence;
use crate::log::Memory;

/// A journal in a folder, and what it writes to the console.
fn journal(roles: &[Role]) -> (TempDir, Journal, Memory) {
    let (folder, console) = (tempfile::tempdir().unwrap(), Memory::default());
    let log = Log::new(vec![Box::new(console.clone())]);
    let journal = Journal::to_folder(&folder.path().join("Log"), roles, &log, None);
    (folder, journal, console)
}

fn apply(journal: &Journal, file: &str) {
    journal.apply(&Settings::parse_part(file.as_bytes(), |_| {}).unwrap());
}

/// The texts in a log, "-" if there is none.
fn texts(folder: &TempDir, name: &str) -> String {
    let Ok(content) = fs::read_to_string(folder.path().join("Log").join(name)) else { return "-".to_owned() };
    let texts = content.lines().map(|line| &line["2026-01-02 03:04:05.678 +00:00 warning ".len()..]);
    texts.collect::<Vec<_>>().join("|")
}

/// The texts in the three logs.
fn logs(folder: &TempDir) -> [String; 3] {
    ["MSLSAM.log", "MSLSAMTrace.log", "MSJORS.log"].map(|name| texts(folder, name))
}

const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)), 5);

fn trace(journal: &Journal, text: &str) {
    journal.trace(PEER, Kind::Received, text);
}

fn say(journal: &Journal) {
    journal.log().information("all");
    journal.log_of(Role::Agent).information("agent");
    journal.log_of(Role::Jors).information("jors");
    trace(journal, "trace");
    journal.events().report(Occurrence::ServiceStart("It"));
}

#[test]
fn each_service_has_its_log_and_the_console_shows_both() {
    let (folder, journal, console) = journal(&Role::ALL);
    say(&journal);
    assert_eq!(
        logs(&folder),
        ["all|agent|event: It started.", "192.0.2.1:5: trace", "all|jors|event: It started."]
    );
    assert_eq!(console.texts(), ["all", "agent", "jors"]);
}

#[test]
fn a_service_alone_leaves_the_logs_of_the_other_alone() {
    let (folder, journal, console) = journal(&[Role::Agent]);
    say(&journal);
    assert_eq!(logs(&folder), ["all|agent|event: It started.", "192.0.2.1:5: trace", "-"]);
    assert_eq!(console.texts(), ["all", "agent", "jors"]);

    let (folder, journal, _) = self::journal(&[Role::Jors]);
    say(&journal);
    assert_eq!(logs(&folder), ["-", "-", "all|jors|event: It started."]);
}

#[test]
fn trace_and_detail_are_switched_while_the_agent_runs() {
    let (folder, journal, _) = journal(&[Role::Agent]);
    let write = |text: &str| {
        trace(&journal, text);
        journal.log_of(Role::Agent).detail(text);
        journal.log().detail(text);
    };
    write("1");
    apply(&journal, "[Debug Options]\nTraceSAMMessages=OFF\nTraceLevel=1\n");
    write("2");
    apply(&journal, "");
    write("3");
    assert_eq!(logs(&folder), ["2|2", "192.0.2.1:5: 1|192.0.2.1:5: 3", "-"]);
}

#[test]
fn what_a_peer_repeats_is_counted_in_the_logs_the_trace_and_on_the_console() {
    let (folder, journal, console) = journal(&Role::ALL);
    for _ in 0..1000 {
        for role in Role::ALL {
            journal.log_of(role).of_peer(Level::Warning, PEER, Kind::Failed, "failed");
        }
        trace(&journal, "trace");
    }
    journal.flush();
    let [agent, traced, jors] = logs(&folder).map(|texts| texts.split('|').count());
    assert_eq!((agent, traced, jors, console.texts().len()), (21, 601, 21, 42));
    let told = format!("192.0.2.1: … 980 more in the last 1 s, the last of them: {PEER}: failed");
    assert_eq!(console.texts().iter().filter(|text| **text == told).count(), 2, "{:?}", console.texts());
}

#[test]
fn a_log_that_cant_be_written_is_told_in_the_other() {
    let (folder, journal, console) = journal(&Role::ALL);
    fs::create_dir_all(folder.path().join("Log/MSJORS.log")).unwrap();
    fs::create_dir_all(folder.path().join("Log/MSLSAMTrace.log")).unwrap();
    for _ in 0..2 {
        journal.log_of(Role::Jors).information("jors");
        trace(&journal, "trace");
    }
    let agent = texts(&folder, "MSLSAM.log");
    assert_eq!(
        agent.matches("MSJORS.log can't be written: it is not a regular file; ").count(),
        1,
        "{agent}"
    );
    assert_eq!(agent.matches("MSLSAMTrace.log can't be written: ").count(), 1, "{agent}");
    assert_eq!(console.texts().iter().filter(|text| text.contains("can't be written")).count(), 2);
}

#[test]
fn a_refusal_is_an_event_when_the_switch_is_on() {
    struct Reported(Arc<Mutex<Vec<(EventType, String)>>>);

    impl EventSink for Reported {
        fn report(&self, event_type: EventType, text: &str) {
            self.0.lock().unwrap().push((event_type, text.to_owned()));
        }
    }

    let (folder, reported) = (tempfile::tempdir().unwrap(), Arc::default());
    let sink = Box::new(Reported(Arc::clone(&reported)));
    let console = Log::new(Vec::new());
    let journal = Journal::to_folder(&folder.path().join("Log"), &[Role::Agent], &console, Some(sink));
    let refusal = Refusal::new("It is so.", "Do this.");
    journal.refusal(&refusal);
    assert!(reported.lock().unwrap().is_empty());
    apply(&journal, "[Debug Options]\nLogCriticalErrorsAsEvents=ON\n");
    journal.refusal(&refusal);
    journal.critical("It can't go on.");
    let expected = ["It is so.\nDo this.", "It can't go on."].map(|text| (EventType::Error, text.to_owned()));
    assert_eq!(*reported.lock().unwrap(), expected);
    assert_eq!(
        texts(&folder, "MSLSAM.log"),
        "It is so.|Do this.|It is so.|Do this.|It can't go on.",
        "events go to the sink alone"
    );
}
