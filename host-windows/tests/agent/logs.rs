//! The two services with their logs and events, as programs.

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use lsam_host_windows::agent::Role;
use lsam_host_windows::log::{Line, Memory, Sink};
use lsam_host_windows::net::{Limits, Stop};
use rustls::StreamOwned;

use crate::common::programs::Site;
use crate::common::{Options, Running, host_name, session, this_host};

/// A site without TLS whose MSLSAM.ini ends in these lines.
fn site(lines: &str) -> Site {
    let site = Site::new();
    configure(&site, lines);
    site
}

fn configure(site: &Site, lines: &str) {
    site.configure_plain(&format!("CheckCRC=TRUE\n{lines}"));
}

fn log(site: &Site, name: &str) -> String {
    fs::read_to_string(site.folder.path().join("Log").join(name)).unwrap_or_default()
}

/// Waits until the log contains `words`, and returns all of it.
fn will_say(site: &Site, name: &str, words: &str) -> String {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        let text = log(site, name);
        if text.contains(words) {
            return text;
        }
        assert!(Instant::now() < deadline, "{name} does not say {words:?}: {text}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn both_ports_answer_an_independent_client_over_tls() {
    let agent = Running::start(Options { roles: &Role::ALL, ..Options::default() });
    for address in [agent.address, agent.jors.unwrap()] {
        let mut stream = StreamOwned::new(session(&agent.root), TcpStream::connect(address).unwrap());
        assert_eq!(host_name(&mut stream), this_host());
        stream.conn.send_close_notify();
        stream.flush().unwrap();
    }
    assert_ne!(Some(agent.address), agent.jors);
    let lines = agent.stop();
    let count = |words: &str| lines.iter().filter(|line| line.contains(words)).count();
    assert_eq!(
        (count(" listens on "), count(" has stopped"), count("connected, TLS 1.2")),
        (2, 2, 2),
        "{lines:#?}"
    );
    assert_eq!(count("SMA OpCon JORS for Microsoft listens on 127.0.0.1:"), 1);
}

#[test]
fn jors_keeps_to_the_same_settings_as_the_agent() {
    let parameters = "AllowedIPAddress_1=192.0.2.1";
    let jors = Running::start(Options { roles: &[Role::Jors], parameters, ..Options::default() });
    assert_eq!(Some(jors.address), jors.jors, "it runs alone");
    let address = jors.connect().local_addr().unwrap();
    assert_eq!(jors.lines_about(address, 1), ["refused, its address is not in AllowedIPAddress_1 to _4"]);

    let jors = Running::start(Options { roles: &[Role::Jors], ..Options::default() });
    let mut plain = jors.connect();
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    assert_eq!(jors.lines_about(plain.local_addr().unwrap(), 1).len(), 1, "without TLS");
    jors.serves_a_good_client();
}

#[test]
fn the_logs_lie_beside_the_configuration_and_each_service_has_its_own() {
    let site = site("");
    let agent = site.start();
    agent.will_say("SMA OpCon JORS for Microsoft listens on ");
    assert!(site.plain_netcom(&[]).success && Site::plain_netcom_at(site.jors, &[]).success);
    let own = will_say(&site, "MSLSAM.log", "closed by the peer");
    let jors = will_say(&site, "MSJORS.log", "closed by the peer");
    for (text, name, other) in [(&own, "Agent", "JORS"), (&jors, "JORS", "Agent")] {
        let has = |words: &str| text.matches(words).count();
        assert_eq!(has(&format!("SMA OpCon {name} for Microsoft listens on ")), 1, "{text}");
        assert_eq!(has(&format!("SMA OpCon {other} for Microsoft listens on ")), 0, "{text}");
        assert_eq!(has(": connected without TLS"), 1, "{text}");
        assert_eq!(has(&format!("event: SMA OpCon {name} for Microsoft started.")), 1, "{text}");
        assert_eq!(has("MSLSAM.ini: [TCP/IP Parameters] SocketNumberToSAM="), 1, "{text}");
        assert!(
            text.lines().all(|line| line.starts_with("20") && line[24..].starts_with(['+', '-'])),
            "{text}"
        );
    }
    let trace = log(&site, "MSLSAMTrace.log");
    let [received, sent] = trace.lines().collect::<Vec<_>>()[..] else { panic!("{trace}") };
    assert!(
        received.contains(": received TX4 (0x04), correlation ") && received.ends_with(", 0 bytes"),
        "{trace}"
    );
    assert!(
        sent.contains(": sent TX4 reply (0x84): MachineStatus {") && sent.contains(&this_host()),
        "{trace}"
    );
    assert!(!agent.said("event: "), "events are in the files");
}

#[cfg(unix)]
#[test]
fn the_services_run_apart_and_end_in_order() {
    let site = site("");
    let folder = site.path("elsewhere");
    let jors = site.start_with(&["--service", "jors", "--log-dir", &folder]);
    assert!(!site.plain_netcom(&[]).success && Site::plain_netcom_at(site.jors, &[]).success);
    let agent = site.start_with(&["--service", "agent", "--log-dir", &folder]);
    assert!(site.plain_netcom(&[]).success);
    assert!(jors.terminate() && agent.terminate());
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["MSJORS.log", "MSLSAM.log", "MSLSAMTrace.log"]);
    for (name, service) in [("MSLSAM.log", "Agent"), ("MSJORS.log", "JORS")] {
        let text = fs::read_to_string(site.folder.path().join("elsewhere").join(name)).unwrap();
        let last: Vec<_> = text.lines().rev().take(2).collect();
        assert!(last[1].ends_with(&format!("{service} for Microsoft has stopped")), "{text}");
        assert!(last[0].ends_with(&format!("event: SMA OpCon {service} for Microsoft stopped.")), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn what_the_file_says_of_logs_and_events_counts_at_once() {
    let site = site("");
    let agent = site.start();
    let status = || assert!(site.plain_netcom(&[]).success);
    status();
    configure(
        &site,
        "[Service Stop]\nMsg=\n[Debug Options]\nTraceSAMMessages=OFF\nTraceLevel=1\nMaximumLogFileSize=200\n",
    );
    agent.will_say("TraceSAMMessages: \"ON\" becomes \"OFF\" at once");
    agent.will_say("configuration: [No Access To ECOF Directory] Type=");
    let traced = log(&site, "MSLSAMTrace.log");
    status();
    agent.will_say(": TX4 (0x04) answered with TX4 reply (0x84)");
    assert!(traced == log(&site, "MSLSAMTrace.log") || log(&site, "MSLSAMTrace.log").is_empty());
    assert!(log(&site, "MSLSAM.log").len() <= 200);
    let archives = site.folder.path().join("Log/Archives");
    let days: Vec<_> = fs::read_dir(archives).unwrap().map(Result::unwrap).collect();
    assert!(days.iter().all(|day| fs::read_dir(day.path()).unwrap().count() > 5), "{days:?}");
    configure(&site, "[Service Stop]\nMsg=NULL\n");
    agent.will_say("MaximumLogFileSize: \"200\" becomes \"150000\" at once");
    assert!(agent.terminate());
    let text = log(&site, "MSLSAM.log");
    assert!(text.contains(" has stopped") && !text.contains("event: "), "{text}");
}

/// A log that takes long to write the line about a changed setting; the agent is asked to stop in the
/// meantime.
struct SlowChange {
    lines: Memory,
    stop: Stop,
}

impl Sink for SlowChange {
    fn write(&self, line: &Line) {
        if line.text.contains(" becomes ") {
            self.stop.request();
            let until = Instant::now() + Duration::from_secs(2);
            let has_ended = || self.lines.texts().iter().any(|text| text.contains(" has stopped"));
            while !has_ended() && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        self.lines.write(line);
    }
}

#[test]
fn a_change_that_is_under_way_at_the_stop_is_logged_before_the_end() {
    let agent = Running::start(Options {
        roles: &Role::ALL,
        limits: Limits { drain: Duration::from_secs(120), ..Limits::default() },
        sink: |lines, stop| Box::new(SlowChange { lines, stop }),
        ..Options::default()
    });
    let file = agent.folder.path().join("MSLSAM.ini");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("[JORS", "CheckCRC=FALSE\nAllowedIPAddress_1=127.0.0.1\n[JORS")).unwrap();
    let lines = agent.end();
    let [.., change, agent, jors] = lines.as_slice() else { panic!("{lines:#?}") };
    assert!(agent.ends_with(" has stopped") && jors.ends_with(" has stopped"), "{lines:#?}");
    assert!(change.contains("configuration: ") || change.contains(" becomes "), "{lines:#?}");
    assert_eq!(lines.iter().filter(|line| line.contains(" becomes ")).count(), 2, "{lines:#?}");
}

#[test]
fn a_folder_that_cant_be_written_stops_nothing() {
    let site = site("");
    site.put("file", "");
    let folder = site.path("file/logs");
    let agent = site.start_with(&["--log-dir", &folder]);
    agent.will_say("MSLSAM.log can't be written: ");
    assert!(site.plain_netcom(&[]).success && Site::plain_netcom_at(site.jors, &[]).success);
}

#[test]
fn critical_errors_and_the_directory_that_is_not_there_are_events() {
    let site = site("");
    let refused = |lines: &str, log_dir: &str| {
        configure(&site, lines);
        let error = site.refusal_with(&["--log-dir", &site.path(log_dir)]);
        let text = fs::read_to_string(site.folder.path().join(log_dir).join("MSLSAM.log")).unwrap();
        let events =
            text.lines().filter_map(|line| line.split_once("event: ")).map(|(_, text)| text.to_owned());
        (error, events.collect::<Vec<_>>())
    };
    let ecof = "[General Settings]\nDefaultECOFDirectory=/no/such/directory\nUseSecureSocket=FALSE\n";
    let no_access = "The DefaultECOFDirectory is not valid or this service lacks read/write access to it.";
    let (error, events) = refused(ecof, "first");
    assert!(error.contains("\"/no/such/directory\" does not exist"), "{error}");
    assert_eq!(events, [no_access]);
    let (_, events) = refused(&format!("{ecof}[No Access To ECOF Directory]\nMsg=NULL\n"), "second");
    assert!(events.is_empty(), "{events:?}");

    configure(&site, "");
    let agent = site.start();
    configure(&site, ecof);
    agent.will_say("the file has an error and is not used");
    let text = will_say(&site, "MSLSAM.log", &format!("event: {no_access}"));
    assert_eq!(text.matches("event: The DefaultECOFDirectory").count(), 1, "{text}");
    drop(agent);

    let _other = TcpListener::bind(("127.0.0.1", site.port)).unwrap();
    let (_, events) = refused("", "third");
    assert!(events.is_empty(), "{events:?}");
    let (error, events) = refused("[Debug Options]\nLogCriticalErrorsAsEvents=ON\n", "fourth");
    assert!(events.len() == 2 && events[0].contains("SocketNumberToSAM in "), "{events:?}");
    assert!(events.iter().all(|event| error.contains(event)), "{events:?}");
}

#[cfg(unix)]
#[test]
fn a_stop_ends_the_waiting_for_a_port() {
    let site = site("");
    let other = TcpListener::bind(("127.0.0.1", site.jors)).unwrap();
    let agent = site.spawn(&["--patience", "100"]);
    agent.will_say("line 2: JORS can't listen on 127.0.0.1:");
    let before = Instant::now();
    assert!(agent.terminate());
    assert!(before.elapsed() < Duration::from_secs(30), "{:?}", before.elapsed());

    let agent = site.spawn(&["--patience", "100"]);
    agent.will_say("; it tries for ");
    drop(other);
    agent.will_say("JORS for Microsoft listens on ");
}
