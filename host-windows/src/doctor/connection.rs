//! A connection to the agent, like that of the scheduling server.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use lsam_core::agent::CheckCrc;
use lsam_core::peer_name::PeerName;
use lsam_core::tls::AlertDescription;
use lsam_core::x509::CertificateError;

use super::case::{Case, settings};
use super::names::{self, fitting_values, parsed};
use super::{Notes, Skipped};
use crate::agent::{Agent, AgentSetup, Journal, Refusal, Role};
use crate::identity::Identity;
use crate::link::Deadlines;
use crate::log::{Level, Log, Memory};
use crate::net::{Limits, Patience, Stop};
use crate::netcom::{Error, Probe, Report, Seen, Trust};
use crate::store;

const TIMEOUT: Duration = Duration::from_secs(10);

/// The agent answers over TLS to a client that trusts what a scheduling server must trust. This is the
/// running agent, or an agent in this process on a separate port.
pub(super) fn succeeds(case: &mut Case<'_>, notes: &mut Notes) -> Result<(), Skipped> {
    let file = case.file()?;
    let settings = settings(&file)?.settings;
    if settings.use_secure_socket {
        case.identity()?;
        case.anchor()?;
    }
    let own_agent = match case.running {
        Some(_) => None,
        None => match OwnAgent::start(case) {
            Ok(agent) => Some(agent),
            Err(refusal) if case.has_failed => {
                let reason = refusal.lines().next().unwrap_or_default().trim_end_matches('.').to_owned();
                return Err(Skipped::because(format_args!("the agent does not start: {reason}")));
            }
            Err(refusal) => {
                notes.refusal(&refusal);
                return Ok(());
            }
        },
    };
    let address = own_agent.as_ref().map_or_else(
        || SocketAddr::from((Ipv4Addr::LOCALHOST, case.running.unwrap_or_default())),
        |agent| agent.address,
    );
    let who = if own_agent.is_some() { "with itself" } else { "with the agent that runs here" };
    let client =
        case.asked.client.and_then(|path| Identity::from_files(&[path]).ok()).map(|(identity, _)| identity);
    let mut seen = Seen::default();
    let mut ask = |trust: Option<&Trust>| ask(address, trust, client.as_ref(), settings.check_crc, &mut seen);

    if !settings.use_secure_socket {
        match ask(None) {
            Ok(_) => notes.ok(format_args!("a connection {who} succeeds, without TLS")),
            Err(error) => failure(&error, who, own_agent, notes),
        }
        return Ok(());
    }
    let own = case.own()?.certificate;
    let values = fitting_values(&own, &parsed(&own)?);
    let expected = expected_host(case, &own)?;
    let mut answer = ask(Some(&trust(case, &expected, case.asked.distinguished_name)?));
    let expected = case.asked.distinguished_name.unwrap_or(&expected);
    let mut name = format!("the name {expected} is in the certificate");
    let mut is_expected_name = true;
    match (seen.objection, values.first()) {
        (None, _) => {}
        (Some(CertificateError::NameMismatch), Some(value)) => {
            is_expected_name = false;
            name = format!(
                "the name {expected} is not in the certificate, so that \"{value}\" had to be expected"
            );
        }
        (Some(rule), _) => answer = Err(Error::Certificate(seen.presented, rule)),
    }
    let text = match answer {
        Ok(Report { negotiated, .. }) => {
            let negotiated = negotiated.map(|negotiated| negotiated.to_string()).unwrap_or_default();
            format!("a connection {who} succeeds: {negotiated}; {name}")
        }
        Err(Error::Alert { alert: AlertDescription::HANDSHAKE_FAILURE, has_certificate: false })
            if settings.tls_client_validation =>
        {
            format!(
                "a connection {who} without a certificate is refused with the alert {}, as \
                 TLSClientValidation asks for; the agent's certificate is trusted, and {name}",
                AlertDescription::HANDSHAKE_FAILURE
            )
        }
        Err(error) => {
            failure(&error, who, own_agent, notes);
            return Ok(());
        }
    };
    match is_expected_name {
        true => notes.ok(text),
        false => notes.warning(text, names::cure(&values)),
    }
    Ok(())
}

/// Requests the machine status from whatever listens on `address`. A refused certificate does not end the
/// connection, so that the agent's log shows no failure that needs no action.
pub(super) fn ask(
    address: SocketAddr,
    tls: Option<&Trust>,
    identity: Option<&Identity>,
    check_crc: bool,
    seen: &mut Seen,
) -> Result<Report, Error> {
    let check_crc = if check_crc { CheckCrc::On } else { CheckCrc::Off };
    Probe { machine: &address.to_string(), tls, identity, check_crc, timeout: TIMEOUT }.ask(seen)
}

/// What a scheduling server trusts, and the name that it expects.
fn trust(case: &Case<'_>, host: &str, distinguished_name: Option<&str>) -> Result<Trust, Skipped> {
    let mut trust = Trust::new(&format!("{host}:0"), distinguished_name);
    trust.add_root(&case.anchor()?.certificate.der);
    Ok(trust.tolerant())
}

/// The name of this machine that is in the certificate, or else the first name in it.
fn expected_host(case: &Case<'_>, own: &store::Certificate) -> Result<String, Skipped> {
    let parsed = parsed(own)?;
    let names = &case.asked.machine_names;
    let fitting = names.iter().find(|name| PeerName::Host(name).check(&parsed).is_ok());
    Ok(fitting.or(names.first()).cloned().unwrap_or_default())
}

fn failure(error: &Error, who: &str, agent: Option<OwnAgent>, notes: &mut Notes) {
    let text = error.to_string();
    let cure = error.advice();
    let text = cure.and_then(|cure| text.strip_suffix(cure)).unwrap_or(&text).trim_end();
    let said = agent.and_then(OwnAgent::last_words).map(|line| format!("\nThe agent's log: {line}"));
    notes.failure(
        format_args!("a connection {who} fails: {text}{}", said.unwrap_or_default()),
        cure.unwrap_or(
            "MSLSAM.log says why on the agent's side. If MSLSAM.ini was changed, restart both services.",
        ),
    );
}

/// An agent in this process, with the same configuration and identity, on a free port; stopped when dropped.
struct OwnAgent {
    address: SocketAddr,
    lines: Memory,
    stop: Stop,
    thread: Option<JoinHandle<()>>,
}

impl OwnAgent {
    fn start(case: &Case<'_>) -> Result<Self, Refusal> {
        let (lines, stop) = (Memory::default(), Stop::new());
        let journal = Arc::new(Journal::from(Log::new(vec![Box::new(lines.clone())])));
        let setup = AgentSetup::new(case.asked.config, case.asked.store, &journal)?;
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let roles = &[Role::Agent];
        let agent = Agent::bind(setup.on_loop_back(), roles, local, Patience::NONE, journal, &stop)?;
        let address = agent.as_ref().and_then(|agent| agent.address(Role::Agent));
        let (Some(agent), Some(address)) = (agent, address) else {
            return Err(Refusal::new("No port of this machine is free.", "Close programs, and try again."));
        };
        let requested = stop.clone();
        let run = move || {
            // An error here also shows in the connection.
            let _ = agent.run(Deadlines::default(), Limits::default(), &requested);
        };
        let thread = thread::Builder::new().spawn(run).map_err(|error| {
            Refusal::new(format!("This process gets no thread: {error}."), "Close programs, and try again.")
        })?;
        Ok(Self { address, lines, stop, thread: Some(thread) })
    }

    fn stop(&mut self) {
        self.stop.request();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }

    /// The last problem in its log. This stops the agent first, so that the line has been written.
    fn last_words(mut self) -> Option<String> {
        self.stop();
        let lines = self.lines.lines();
        lines.into_iter().rev().find(|line| line.level >= Level::Warning).map(|line| line.text)
    }
}

impl Drop for OwnAgent {
    fn drop(&mut self) {
        self.stop();
    }
}
