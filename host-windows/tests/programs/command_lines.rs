//! The two programs, run as an administrator would.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use lsam_host_windows::authority::{Credential, KeyKind};
use tempfile::TempDir;

use crate::common::{NAME, free_port};

fn lsam(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lsam"));
    command.args(arguments);
    command
}

fn netcom(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_netcom")).arg("status").args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A folder with MSLSAM.ini and a store with a self-signed certificate.
struct Installation {
    folder: TempDir,
    port: u16,
}

impl Installation {
    fn new(general: &str) -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let agent = Credential::self_signed(KeyKind::Rsa, &[NAME, "127.0.0.1"]).unwrap();
        fs::create_dir_all(folder.path().join("store/My")).unwrap();
        fs::write(folder.path().join("store/My/agent.pem"), agent.pem() + &agent.key_pem()).unwrap();
        let general = general.replace("SERIAL", &agent.serial());
        let jors = free_port();
        let ini = format!(
            "[General Settings]\n{general}\n[TCP/IP Parameters]\nSocketNumberToSAM={port}\n[JORS Settings]\n\
             JORSSocket={jors}\n"
        );
        fs::write(folder.path().join("MSLSAM.ini"), ini).unwrap();
        Self { folder, port }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn run(&self) -> Command {
        lsam(&[
            "run",
            "--config",
            &self.path("MSLSAM.ini"),
            "--store",
            &self.path("store"),
            "--listen",
            "127.0.0.1",
        ])
    }
}

/// A running agent; killed when dropped.
struct Agent(Child);

impl Agent {
    /// Starts the agent and waits until it listens.
    fn start(installation: &Installation) -> (Self, BufReader<std::process::ChildStderr>) {
        let mut child = installation.run().stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains(" listens on ") {
            line.clear();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "the agent did not start");
        }
        (Self(child), log)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn netcom_shows_the_status_of_a_running_agent_and_sigterm_ends_it_in_order() {
    let installation = Installation::new("UseSecureSocket=TRUE\nTLSCertificateSerial=SERIAL");
    let (mut agent, mut log) = Agent::start(&installation);
    let machine = format!("127.0.0.1:{}", installation.port);
    let trust = installation.path("store/My/agent.pem");

    let good = netcom(&["--machine", &machine, "--tls", "--trust", &trust]);
    let shown = text(&good.stdout);
    assert!(good.status.success(), "{shown}{}", text(&good.stderr));
    assert!(
        shown.contains("TLS 1.2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, x25519, rsa_pss_rsae_sha256"),
        "{shown}"
    );
    assert!(shown.contains(&format!("host name           {}\n", crate::common::this_host())), "{shown}");

    let other = netcom(&["--machine", &machine, "--tls", "--trust", &trust, "--name", "other.example"]);
    assert_eq!(other.status.code(), Some(1));
    let reason = text(&other.stderr);
    assert!(
        reason.contains(
            "refused: the name in the certificate is not the expected one\n  subject CN=agent.example, \
             issuer CN=agent.example, serial "
        ),
        "{reason}"
    );

    assert!(reason.contains("\n  alternative names agent.example, 127.0.0.1\n"), "{reason}");

    let before = Instant::now();
    assert!(Command::new("kill").args(["-TERM", &agent.0.id().to_string()]).status().unwrap().success());
    assert!(agent.0.wait().unwrap().success());
    assert!(before.elapsed() < Duration::from_secs(60), "{:?}", before.elapsed());
    let mut line = String::new();
    while log.read_line(&mut line).unwrap() > 0 {}
    assert!(line.trim_end().ends_with(" has stopped"), "{line}");
}

#[test]
fn without_tls_netcom_needs_no_trust() {
    let installation = Installation::new("UseSecureSocket=FALSE");
    let (_agent, _log) = Agent::start(&installation);
    let shown = netcom(&["--machine", &format!("127.0.0.1:{}", installation.port)]);
    assert!(text(&shown.stdout).contains(", without TLS\n"), "{}", text(&shown.stderr));
}

#[test]
fn a_refusal_to_start_says_where_what_and_how() {
    for (general, expected) in [
        (
            "UseSecureSocket=TRUE\nTLSCertificateSerial=00",
            "MSLSAM.ini, line 3, is \"00\", but no certificate in My or Root",
        ),
        ("UseSecureSocket=TRUE", "TLSCertificateSerial: it is blank, but UseSecureSocket is TRUE"),
        (
            "UseSecureSocket=TRUE\nTLSCertificateSerial=SERIAL\nTLSClientValidation=yes",
            "line 4, column 21: error: [General Settings] TLSClientValidation",
        ),
    ] {
        let output = Installation::new(general).run().output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{general}");
        let log = text(&output.stderr);
        assert!(log.contains(expected), "{log}");
        assert!(log.lines().all(|line| line.contains(" error ") || line.contains(" warning ")), "{log}");
    }
}

#[test]
fn a_port_in_use_is_named_with_its_setting() {
    let installation = Installation::new("UseSecureSocket=FALSE");
    let _other = std::net::TcpListener::bind(("127.0.0.1", installation.port)).unwrap();
    let output = installation.run().output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let log = text(&output.stderr);
    assert!(
        log.contains("[TCP/IP Parameters] SocketNumberToSAM in ")
            && log.contains("line 4: the agent can't listen"),
        "{log}"
    );
}

#[test]
fn the_demonstration_succeeds_and_leaves_nothing_behind() {
    let place = tempfile::tempdir().unwrap();
    let output = lsam(&["demo"]).env("TMPDIR", place.path()).output().unwrap();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
}
