//! Ports and connections.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use super::*;
use crate::agent::{Agent, AgentSetup, Journal, Role};
use crate::link::Deadlines;
use crate::log::{Level, Log, Memory};
use crate::net::{Limits, Patience, Stop};

/// A patient's agent on its ports, stopped when dropped.
struct Running(Stop, Option<JoinHandle<()>>, Memory);

impl Running {
    fn start(patient: &Patient) -> Self {
        let (stop, lines) = (Stop::new(), Memory::default());
        let journal = Arc::new(Journal::from(Log::new(vec![Box::new(lines.clone())])));
        let store = patient.path("store");
        let setup = AgentSetup::new(&patient.path("MSLSAM.ini"), Some(&store), &journal).unwrap();
        let address = Ipv4Addr::UNSPECIFIED.into();
        let agent = Agent::bind(setup, &Role::ALL, address, Patience::NONE, journal, &stop);
        let (agent, requested) = (agent.unwrap().unwrap(), stop.clone());
        let run = move || agent.run(Deadlines::default(), Limits::default(), &requested).unwrap();
        Self(stop, Some(std::thread::spawn(run)), lines)
    }

    /// The warnings and errors in its log, once it has stopped.
    fn complaints(mut self) -> Vec<String> {
        self.stop();
        let lines = self.2.lines().into_iter().filter(|line| line.level >= Level::Warning);
        lines.map(|line| line.text).collect()
    }

    fn stop(&mut self) {
        self.0.request();
        if let Some(thread) = self.1.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

#[test]
fn the_agent_that_runs_is_asked() {
    let (patient, agent) = Patient::of(&root());
    for lines in ["", VALIDATION] {
        patient.configure(&agent.serial(), lines);
        let running = Running::start(&patient);
        let examination = patient.examine();
        examination.is_well();
        let [port, jors] = patient.ports;
        let held =
            |port, key, role| format!("port {port} ({key}) is held by a program that answers as {role} does");
        examination.says("ports", Verdict::Ok, &held(port, "SocketNumberToSAM", "the agent"));
        examination.says("ports", Verdict::Ok, &held(jors, "JORSSocket", "JORS"));
        examination.says("connection", Verdict::Ok, "a connection with the agent that runs here ");
        assert_eq!(running.complaints(), [""; 0]);
    }
    patient.configure_all("UseSecureSocket=FALSE", "CheckCRC=FALSE");
    let _running = Running::start(&patient);
    let examination = patient.examine();
    examination.is_well();
    examination.says(
        "connection",
        Verdict::Ok,
        "a connection with the agent that runs here succeeds, without TLS",
    );
}

#[test]
fn what_the_doctor_finds_wrong_leaves_no_warning_in_the_agents_log() {
    let root = root();
    let (mut patient, agent) = Patient::of(&root);
    patient.remove("store/Root/root.cer");
    patient.machine_names = vec!["other.example".to_owned()];
    for lines in ["", VALIDATION] {
        patient.configure(&agent.serial(), lines);
        // Without the root in the store, and with a name that is not in the certificate.
        patient.trust = None;
        let running = Running::start(&patient);
        patient.examine().says("ports", Verdict::Ok, "is held by a program that answers as the agent does");
        patient.put("root.pem", root.pem());
        patient.trust = Some(patient.path("root.pem"));
        patient.examine().says(
            "connection",
            Verdict::Warning,
            "the name other.example is not in the certificate",
        );
        let complaints = running.complaints();
        let of_peers = complaints.iter().filter(|line| line.starts_with("127.0.0.1"));
        assert_eq!(of_peers.count(), 0, "{complaints:#?}");
    }
}

#[test]
fn an_agent_that_runs_with_another_protocol() {
    let (patient, agent) = Patient::of(&root());
    let plain = || patient.configure_all("UseSecureSocket=FALSE", "");
    let secured = || patient.configure(&agent.serial(), "");
    let validating = || patient.configure(&agent.serial(), VALIDATION);
    type Configure<'c> = &'c dyn Fn();
    let cases: [(Configure<'_>, Configure<'_>, &str); 3] = [
        (&plain, &secured, "it speaks no TLS"),
        (&secured, &plain, "it presents another certificate: subject CN=agent.example"),
        (&validating, &secured, "it wants certificates of clients"),
    ];
    for (started, now, what) in cases {
        started();
        let _running = Running::start(&patient);
        now();
        let examination = patient.examine();
        let words = format!("is held by the agent with other settings, restart pending: {what}");
        examination.says("ports", Verdict::Warning, &words);
        assert_eq!(examination.ill(), ["ports"]);
    }
}

#[test]
fn an_agent_that_runs_with_another_certificate() {
    let root = root();
    let (patient, _) = Patient::of(&root);
    let _running = Running::start(&patient);
    let renewed = root.issue(KeyKind::EcdsaP256, &[HOST]).unwrap();
    patient.put("store/My/renewed.pem", renewed.pem() + &renewed.key_pem());
    patient.configure(&renewed.serial(), "");
    let examination = patient.examine();
    let words = "is held by the agent with other settings, restart pending: it presents another certificate: \
                 subject CN=agent.example";
    let cure = examination.says("ports", Verdict::Warning, words);
    assert!(cure.starts_with("Restart both services"), "{cure}");
    assert_eq!(examination.ill(), ["ports"]);
    examination.says("connection", Verdict::Ok, "with itself succeeds");
}

#[test]
fn ports_that_others_hold() {
    let (patient, _) = Patient::of(&root());
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, patient.ports[0])).unwrap();
    // It hangs up immediately.
    std::thread::spawn(move || listener.incoming().for_each(drop));
    let examination = patient.examine();
    let words = format!("port {} (SocketNumberToSAM) is held by another program: ", patient.ports[0]);
    let cure = examination.says("ports", Verdict::Failure, &words);
    assert!(
        cure.contains("or set SocketNumberToSAM to a free port here and at the scheduling server"),
        "{cure}"
    );
    assert_eq!(examination.ill(), ["ports"]);
}

/// A connection occupies its local port although nothing listens there. Windows lets others listen on it.
#[cfg(unix)]
#[test]
fn a_port_that_can_not_be_listened_on() {
    let (mut patient, agent) = Patient::of(&root());
    let somebody = TcpListener::bind("127.0.0.1:0").unwrap();
    let connection = std::net::TcpStream::connect(somebody.local_addr().unwrap()).unwrap();
    patient.ports[1] = connection.local_addr().unwrap().port();
    patient.configure(&agent.serial(), "");
    let examination = patient.examine();
    let words = format!("port {} (JORSSocket) can't be listened on: ", patient.ports[1]);
    let cure = examination.says("ports", Verdict::Failure, &words);
    assert!(cure.contains("or set JORSSocket to a free port"), "{cure}");
    assert_eq!(examination.ill(), ["ports"]);
}

#[test]
fn a_port_whose_holder_can_not_be_asked() {
    let (patient, agent) = Patient::of(&root());
    let general = format!("UseSecureSocket=TRUE\nTLSCertificateSerial={}", agent.serial());
    patient.configure_all(&general, "AllowedIPAddress_1=192.0.2.1");
    let examination = patient.examine();
    examination.is_well();
    examination.says("connection", Verdict::Ok, "a connection with itself succeeds");

    let _running = Running::start(&patient);
    let examination = patient.examine();
    let words = "by an unknown program: AllowedIPAddress_1 to _4 do not allow 127.0.0.1 to ask";
    let cure = examination.says("ports", Verdict::Warning, words);
    assert!(cure.starts_with("If it is not this agent: Stop the program that holds the port"), "{cure}");
    assert_eq!(examination.ill(), ["ports"]);

    patient.configure("4a", "");
    patient.examine().says(
        "ports",
        Verdict::Warning,
        "by an unknown program: the agent's certificate was not found",
    );
}

#[test]
fn a_directory_that_keeps_the_agent_from_starting() {
    let (patient, agent) = Patient::of(&root());
    patient.configure(&agent.serial(), "DefaultECOFDirectory=/no/such/directory\n");
    let examination = patient.examine();
    assert_eq!(examination.ill(), ["configuration"]);
    examination.says("configuration", Verdict::Failure, "\"/no/such/directory\" does not exist");
    examination.says("chain", Verdict::Ok, "complete");
    examination.says("connection", Verdict::Skipped, "because the agent does not start: ");

    // Anything that prevents the agent from starting is reported, even if no earlier check found it.
    let (config, store) = (patient.path("MSLSAM.ini"), patient.path("store"));
    let doctor = Doctor { store: Some(&store), ..Doctor::new(&config) };
    let (mut case, mut notes) = (Case::new(&doctor), Notes::new("connection"));
    for check in CHECKS.iter().take_while(|check| check.name != "connection") {
        let _ = (check.examine)(&mut case, &mut Notes::new("before"));
    }
    assert!(connection::succeeds(&mut case, &mut notes).is_ok());
    let examination = Examination { observations: notes.into_observations() };
    let cure = examination.says("connection", Verdict::Failure, "\"/no/such/directory\" does not exist");
    assert_eq!(cure, "Correct the file and start the agent again.");
}
