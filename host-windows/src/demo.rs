//! A demonstration of the agent that takes a few seconds, in a temporary folder and on free ports of this
//! machine.

use std::fmt::Display;
use std::fs;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use lsam_core::agent::CheckCrc;
use lsam_core::x509::CertificateError;

use crate::agent::{Agent, AgentSetup, Journal, Role};
use crate::authority::{Credential, KeyKind};
use crate::link::Deadlines;
use crate::log::{Level, Log, Memory};
use crate::net::{Limits, Patience, Stop};
use crate::netcom::{self, Probe, Report, Trust};
use crate::store::Section;

const TIMEOUT: Duration = Duration::from_secs(15);
const PASSWORD: &str = "demonstration";

/// Demonstrates the agent, with a line for each step on `out`. The folder is always removed.
///
/// # Errors
/// A text that says why a step failed; [`Stop`] ends the demonstration between two steps.
pub fn run(out: &mut impl Write, stop: &Stop) -> Result<(), String> {
    let folder =
        tempfile::Builder::new().prefix("lsam-demo-").tempdir().map_err(error_at("temporary folder"))?;
    let mut demo = Demo { out, stop };
    let result = demo.show(folder.path());
    folder.close().map_err(error_at("removing the folder")).and(result)?;
    demo.step("removed", "the folder")
}

/// The demonstration's output, and the request to stop.
struct Demo<'d, W> {
    out: &'d mut W,
    stop: &'d Stop,
}

impl<W: Write> Demo<'_, W> {
    fn show(&mut self, folder: &Path) -> Result<(), String> {
        let root = make_store(folder)?;
        self.step(
            "made",
            format_args!(
                "a root, the certificates of agent and server, a store and MSLSAM.ini in {}",
                folder.display()
            ),
        )?;
        let agent = Running::start(folder)?;
        let machine = agent.address.to_string();
        self.step("started", format_args!("the agent on {machine}, UseSecureSocket=TRUE"))?;

        let stranger = Trust::new(&machine, None);
        let mut trusting = stranger.clone();
        trusting.add_root(root.der());
        let status = |trust| {
            let check_crc = CheckCrc::On;
            Probe { machine: &machine, tls: trust, identity: None, check_crc, timeout: TIMEOUT }
                .machine_status()
        };

        let report = status(Some(&trusting)).map_err(error_at("a client that trusts the root"))?;
        self.show_report(&report)?;
        let refusal = must_refuse(status(Some(&stranger)))?;
        self.step(
            "refused",
            format_args!("a client that does not trust the root ends the handshake: {refusal}"),
        )?;
        self.step("", format_args!("the agent's log: {}", agent.failure(0)?))?;
        let end = must_end(status(None))?;
        self.step("refused", format_args!("a client that speaks no TLS: {end}"))?;
        self.step("", format_args!("the agent's log: {}", agent.failure(1)?))?;
        status(Some(&trusting)).map_err(error_at("a good client after the bad ones"))?;
        self.step("answered", "a good client again: bad connections have not harmed the agent")?;

        let took = agent.finish()?;
        self.step("stopped", format_args!("the agent, in {} ms", took.as_millis()))
    }

    fn show_report(&mut self, report: &Report) -> Result<(), String> {
        let negotiated = report.negotiated.ok_or("the connection is without TLS")?;
        self.step("connected", negotiated)?;
        let certificate = report.certificate.as_ref().ok_or("the agent presented no certificate")?;
        self.step("", format_args!("with the certificate {certificate}"))?;
        self.step("answered", "the machine status:")?;
        for (name, value) in &report.status {
            self.step("", format_args!("  {name:19} {value}"))?;
        }
        if report.status.is_empty() { Err("the machine status is empty".to_owned()) } else { Ok(()) }
    }

    fn step(&mut self, what: &str, text: impl Display) -> Result<(), String> {
        if self.stop.requested_at().is_some() {
            return Err("interrupted".to_owned());
        }
        writeln!(self.out, "{what:10} {text}").map_err(error_at("output"))
    }
}

/// Makes certificates, a store and MSLSAM.ini in `folder`.
fn make_store(folder: &Path) -> Result<Credential, String> {
    let root = Credential::root("Demonstration Root").map_err(error_at("root"))?;
    let issue = |names: &[&str]| root.issue(KeyKind::EcdsaP256, names).map_err(error_at("certificate"));
    let agent = issue(&["agent.example", "localhost", "127.0.0.1"])?;
    let server = issue(&["scheduling.example"])?;
    let pfx = |credential: &Credential| credential.pfx(PASSWORD, false).map_err(error_at("PFX file"));
    for section in Section::ALL {
        fs::create_dir_all(folder.join("store").join(section.name())).map_err(error_at("store"))?;
    }
    let ini =
        format!("[General Settings]\r\nUseSecureSocket=TRUE\r\nTLSCertificateSerial={}\r\n", agent.serial());
    let root_pem = root.pem();
    let files: [(&str, &[u8]); 6] = [
        ("store/My/agent.pfx", &pfx(&agent)?),
        ("store/My/agent.password", PASSWORD.as_bytes()),
        ("store/Root/root.pem", root_pem.as_bytes()),
        ("server.pfx", &pfx(&server)?),
        ("server.password", PASSWORD.as_bytes()),
        ("MSLSAM.ini", ini.as_bytes()),
    ];
    for (name, content) in files {
        fs::write(folder.join(name), content).map_err(error_at(name))?;
    }
    Ok(root)
}

/// The agent of the demonstration, in its own thread.
struct Running {
    address: SocketAddr,
    lines: Memory,
    stop: Stop,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Running {
    /// Starts the agent of `folder` on free ports. Another program may take one of them first, so this makes
    /// several attempts.
    fn start(folder: &Path) -> Result<Self, String> {
        let path = folder.join("MSLSAM.ini");
        let general = fs::read_to_string(&path).map_err(error_at("MSLSAM.ini"))?;
        let mut refusal = String::new();
        for _ in 0..5 {
            let (port, jors) = (free_port()?, free_port()?);
            let ports = format!(
                "[TCP/IP Parameters]\r\nSocketNumberToSAM={port}\r\n[JORS Settings]\r\nJORSSocket={jors}\r\n"
            );
            fs::write(&path, format!("{general}{ports}")).map_err(error_at("MSLSAM.ini"))?;
            match Self::try_start(folder) {
                Ok(running) => return Ok(running),
                Err(reason) => refusal = reason,
            }
        }
        Err(refusal)
    }

    fn try_start(folder: &Path) -> Result<Self, String> {
        let (lines, stop) = (Memory::default(), Stop::new());
        let journal = Arc::new(Journal::from(Log::new(vec![Box::new(lines.clone())])));
        let setup = AgentSetup::new(&folder.join("MSLSAM.ini"), Some(&folder.join("store")), &journal)
            .map_err(|refusal| refusal.to_string())?;
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let agent = Agent::bind(setup, &[Role::Agent], local, Patience::NONE, journal, &stop)
            .map_err(|refusal| refusal.to_string())?;
        let agent = agent.ok_or("interrupted")?;
        let address = agent.address(Role::Agent).ok_or("the agent does not listen")?;
        let requested = stop.clone();
        let thread = thread::spawn(move || agent.run(Deadlines::default(), Limits::default(), &requested));
        Ok(Self { address, lines, stop, thread: Some(thread) })
    }

    /// The agent's log line about failed connection number `n`, from 0. It may appear a moment after the
    /// client has finished.
    fn failure(&self, n: usize) -> Result<String, String> {
        let deadline = Instant::now() + TIMEOUT;
        while Instant::now() < deadline {
            let lines = self.lines.lines();
            if let Some(line) = lines.iter().filter(|line| line.level == Level::Warning).nth(n) {
                return Ok(line.text.clone());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Err("the agent's log does not name the connection".to_owned())
    }

    /// Stops the agent and returns how long that took.
    fn finish(mut self) -> Result<Duration, String> {
        let before = Instant::now();
        self.stop.request();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join().map_err(|_| "the agent's thread panicked")?;
            ended.map_err(error_at("the agent"))?;
        }
        Ok(before.elapsed())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.request();
    }
}

/// The refusal of a certificate that no trusted root issued; this side must be the one that refuses it.
fn must_refuse(result: Result<Report, netcom::Error>) -> Result<CertificateError, String> {
    match result {
        Err(netcom::Error::Certificate(_, rule @ CertificateError::UnknownIssuer)) => Ok(rule),
        Err(error) => Err(format!("the certificate was to be refused, but: {error}")),
        Ok(_) => Err("the certificate was to be refused, but was trusted".to_owned()),
    }
}

/// How the connection ended; an answer is an error.
fn must_end(result: Result<Report, netcom::Error>) -> Result<netcom::Error, String> {
    match result {
        Err(error @ (netcom::Error::Closed | netcom::Error::Connection(_))) => Ok(error),
        Err(error) => Err(format!("the agent was to end the connection, but: {error}")),
        Ok(_) => Err("the agent answered without TLS".to_owned()),
    }
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(error_at("a free port"))?;
    Ok(listener.local_addr().map_err(error_at("a free port"))?.port())
}

/// Prefixes an error with the place where it occurred.
fn error_at<E: Display>(place: &str) -> impl FnOnce(E) -> String {
    move |error| format!("{place}: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_is_shown_and_the_folder_is_removed() {
        let mut out = Vec::new();
        run(&mut out, &Stop::new()).unwrap();
        let text = String::from_utf8(out).unwrap();
        println!("{text}");
        let steps: Vec<&str> =
            text.lines().filter_map(|line| line.split(' ').next()).filter(|step| !step.is_empty()).collect();
        assert_eq!(
            steps,
            [
                "made",
                "started",
                "connected",
                "answered",
                "refused",
                "refused",
                "answered",
                "stopped",
                "removed"
            ]
        );
        assert!(
            text.contains("connected  TLS 1.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, x25519"),
            "{text}"
        );
        assert!(text.contains("no trusted root issued the certificate"), "{text}");
        let folder = text.lines().next().unwrap().rsplit(' ').next().unwrap();
        assert!(folder.contains("lsam-demo-") && !Path::new(folder).exists(), "{folder}");
    }

    #[test]
    fn a_stop_ends_it_and_the_folder_is_removed_all_the_same() {
        let stop = Stop::new();
        stop.request();
        assert_eq!(run(&mut Vec::new(), &stop), Err("interrupted".to_owned()));
    }
}
