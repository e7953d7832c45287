use std::sync::{Arc, Mutex};

use super::*;
use crate::log::Memory;

/// The events that were reported.
#[derive(Clone, Default)]
struct Reported(Arc<Mutex<Vec<(EventType, String)>>>);

impl EventSink for Reported {
    fn report(&self, event_type: EventType, text: &str) {
        self.0.lock().unwrap().push((event_type, text.to_owned()));
    }
}

impl Reported {
    fn take(&self) -> Vec<(EventType, String)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn events(file: &str) -> (Events, Reported) {
    let reported = Reported::default();
    let events = Events::new(Some(Box::new(reported.clone())));
    events.apply(&Settings::parse_part(file.as_bytes(), |_| {}).unwrap());
    (events, reported)
}

const EVERY: [Occurrence<'_>; 8] = [
    Occurrence::ServiceStart("Agent 7"),
    Occurrence::ServiceStop("Agent 7"),
    Occurrence::JobStart("NIGHTLY"),
    Occurrence::JobFinishedOk("NIGHTLY"),
    Occurrence::JobPrerunFailed("NIGHTLY"),
    Occurrence::JobInitializationError("NIGHTLY"),
    Occurrence::JobErrored("NIGHTLY"),
    Occurrence::NoAccessToEcofDirectory,
];

#[test]
fn the_defaults_report_start_stop_and_the_directory() {
    let (configured, reported) = events("");
    EVERY.into_iter().for_each(|occurrence| configured.report(occurrence));
    let information = |text: &str| (EventType::Information, text.to_owned());
    let expected = [
        information("Agent 7 started."),
        information("Agent 7 stopped."),
        information("The DefaultECOFDirectory is not valid or this service lacks read/write access to it."),
    ];
    assert_eq!(reported.take(), expected);
    let unread = Events::new(Some(Box::new(reported.clone())));
    EVERY.into_iter().for_each(|occurrence| unread.report(occurrence));
    assert_eq!(reported.take(), expected, "before a file was read");
}

#[test]
fn each_section_has_its_text_with_its_token_and_its_type() {
    let file = "[Service Start]\nMsg=up: $SERVICENAME ($SERVICENAME)\nType=2\n[Service Stop]\n\
                Msg=down $JOBNAME\nType=1\n[Job Start]\nMsg=start $JOBNAME\n[Job Finished OK]\n\
                Msg=ok $JOBNAME\n[Job Prerun Failed]\nMsg=prerun $JOBNAME\nType=2\n\
                [Job Initialization Error]\nMsg=init $JOBNAME\nType=1\n[Job Errored]\nMsg=error $JOBNAME\n\
                Type=1\n[No Access To ECOF Directory]\nMsg=no $JOBNAME\nType=2\n";
    let (events, reported) = events(file);
    EVERY.into_iter().for_each(|occurrence| events.report(occurrence));
    let expected = [
        (EventType::Warning, "up: Agent 7 (Agent 7)"),
        (EventType::Error, "down $JOBNAME"),
        (EventType::Information, "start NIGHTLY"),
        (EventType::Information, "ok NIGHTLY"),
        (EventType::Warning, "prerun NIGHTLY"),
        (EventType::Error, "init NIGHTLY"),
        (EventType::Error, "error NIGHTLY"),
        (EventType::Warning, "no $JOBNAME"),
    ];
    assert_eq!(reported.take(), expected.map(|(event_type, text)| (event_type, text.to_owned())));
    events.report(Occurrence::JobStart("$JOBNAME$JOBNAME"));
    assert_eq!(reported.take()[0].1, "start $JOBNAME$JOBNAME", "a name is not searched for tokens");
}

#[test]
fn null_and_blank_switch_off_and_a_change_counts_at_once() {
    let (events, reported) = events("[Service Start]\nMsg=NULL\n[Service Stop]\nMsg=\n");
    events.report(Occurrence::ServiceStart("a"));
    events.report(Occurrence::ServiceStop("a"));
    assert_eq!(reported.take(), []);
    events.apply(&Settings::default());
    events.report(Occurrence::ServiceStart("a"));
    assert_eq!(reported.take().len(), 1);
}

#[test]
fn critical_errors_are_events_when_the_switch_is_on() {
    let (events, reported) = events("");
    events.critical("no port");
    events.alarm("soon no certificate");
    assert_eq!(reported.take(), []);
    let on = b"[Debug Options]\nLogCriticalErrorsAsEvents=ON\n";
    events.apply(&Settings::parse_part(on, |_| {}).unwrap());
    events.critical("no port\nmore");
    events.alarm("soon no certificate");
    assert_eq!(
        reported.take(),
        [
            (EventType::Error, "no port\nmore".to_owned()),
            (EventType::Warning, "soon no certificate".to_owned())
        ]
    );
}

#[test]
fn a_text_is_no_longer_than_an_event_holds() {
    let (events, reported) = events("[Job Start]\nMsg=$JOBNAME\n");
    for (name, units) in [
        ("x".repeat(LONGEST), LONGEST),
        ("x".repeat(LONGEST + 1), LONGEST),
        ("😀".repeat(LONGEST), LONGEST - 1),
    ] {
        events.report(Occurrence::JobStart(&name));
        assert_eq!(reported.take()[0].1.encode_utf16().count(), units);
    }
}

#[test]
fn without_an_event_log_events_are_lines_of_the_log() {
    let lines = Memory::default();
    let sink = LogSink(Log::new(vec![Box::new(lines.clone())]));
    sink.report(EventType::Warning, "one\ntwo \u{1b}");
    let lines: Vec<_> = lines.lines().into_iter().map(|line| (line.level, line.text)).collect();
    let expected =
        [(Level::Warning, "event: one".to_owned()), (Level::Warning, "event: two \\u{1b}".to_owned())];
    assert_eq!(lines, expected);
    Events::new(None).report(Occurrence::ServiceStart("nowhere"));
}
