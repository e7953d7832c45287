//! The ports of the two services.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use lsam_core::config::Settings;
use lsam_core::tls::AlertDescription;

use super::case::{Case, settings};
use super::connection::ask;
use super::{Notes, Skipped};
use crate::agent::{Role, listen_cure};
use crate::net::Listener;
use crate::netcom::{Error, Report, Seen, Trust};
use crate::store::Certificate;
use crate::trust::Description;

/// Each port is free, or held by its own service.
pub(super) fn are_free_or_held(case: &mut Case<'_>, notes: &mut Notes) -> Result<(), Skipped> {
    let file = case.file()?;
    let settings = settings(&file)?.settings;
    for role in Role::ALL {
        let port = match role {
            Role::Agent => settings.socket_number_to_sam,
            Role::Jors => settings.jors_socket,
        };
        let (_, key) = role.port_setting();
        match Listener::bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))) {
            Ok(_) => match service_that_runs(role, &settings) {
                None => notes.ok(format_args!("port {port} ({key}) is free for {role}")),
                Some(service) => notes.warning(
                    format_args!(
                        "port {port} ({key}) is free, although {service} runs: it listens on another one"
                    ),
                    RESTART,
                ),
            },
            Err(error) => {
                if is_held_by_agent(case, &settings, role, port, &error, notes) && role == Role::Agent {
                    case.running = Some(port);
                }
            }
        }
    }
    Ok(())
}

/// Reports why the agent can't listen on the port; returns whether the agent itself holds it.
fn is_held_by_agent(
    case: &Case<'_>,
    settings: &Settings<'_>,
    role: Role,
    port: u16,
    error: &io::Error,
    notes: &mut Notes,
) -> bool {
    let (_, key) = role.port_setting();
    let service = service_that_runs(role, settings);
    // Windows reports "permission denied" for a port that another program holds exclusively.
    let is_held = matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied);
    match (if is_held { holder(case, settings, port) } else { Holder::Nobody }, service) {
        (Holder::Nobody, _) => notes.failure(
            format_args!("port {port} ({key}) can't be listened on: {error}"),
            listen_cure(error, key),
        ),
        (Holder::Agent, service) => {
            let by = service.unwrap_or_else(|| format!("a program that answers as {role} does"));
            notes.ok(format_args!("port {port} ({key}) is held by {by}"));
            return true;
        }
        (Holder::Restart(what), service) => {
            let by = service.unwrap_or_else(|| role.to_string());
            notes.warning(
                format_args!(
                    "port {port} ({key}) is held by {by} with other settings, restart pending: {what}"
                ),
                RESTART,
            );
        }
        (Holder::Unknown(_), Some(service)) => {
            notes.ok(format_args!("port {port} ({key}) is held, and {service} runs"));
        }
        (Holder::Stranger(what), Some(service)) => notes.warning(
            format_args!(
                "port {port} ({key}) is held and {service} runs, but does not answer as MSLSAM.ini says: \
                 {what}"
            ),
            RESTART,
        ),
        (Holder::Unknown(why), None) => notes.warning(
            format_args!("port {port} ({key}) is held by an unknown program: {why}"),
            format!("If it is not this agent: {}", listen_cure(error, key)),
        ),
        (Holder::Stranger(what), None) => notes.failure(
            format_args!("port {port} ({key}) is held by another program: {what}"),
            listen_cure(error, key),
        ),
    }
    false
}

const RESTART: &str =
    "Restart both services, for MSLSAM.ini or the certificate store was changed since they started.";

/// Who holds a port.
enum Holder {
    /// An agent with this configuration.
    Agent,
    /// This agent, but running with an older configuration.
    Restart(String),
    /// Something that answers differently.
    Stranger(String),
    /// Something that can't be asked; the reason.
    Unknown(String),
    /// Nothing that accepts connections.
    Nobody,
}

fn holder(case: &Case<'_>, settings: &Settings<'_>, port: u16) -> Holder {
    if !settings.allows(Ipv4Addr::LOCALHOST.into()) {
        return Holder::Unknown("AllowedIPAddress_1 to _4 do not allow 127.0.0.1 to ask".to_owned());
    }
    let own = match (&case.own, settings.use_secure_socket) {
        (Some(own), true) => Some(&own.certificate),
        (None, true) => return Holder::Unknown("the agent's certificate was not found".to_owned()),
        (_, false) => None,
    };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    // It does not matter here what this end trusts: the certificate shows whether it is the agent.
    let trust = Trust::new(
        &case.asked.machine_names.first().map(|name| format!("{name}:0")).unwrap_or_default(),
        None,
    );
    let trust = trust.tolerant();
    let mut seen = Seen::default();
    let ask = |is_secured: bool, seen: &mut Seen| {
        ask(address, is_secured.then_some(&trust), None, settings.check_crc, seen)
    };
    match ask(own.is_some(), &mut seen) {
        Ok(report) if report.certificate.as_ref() == own => Holder::Agent,
        Ok(report) if is_named(&report, settings) => Holder::Restart(presents(report.certificate.as_ref())),
        Ok(report) => Holder::Stranger(presents(report.certificate.as_ref())),
        Err(Error::Alert { alert: AlertDescription::HANDSHAKE_FAILURE, .. })
            if seen.presented.leaf().is_some() =>
        {
            // It requires a certificate from this end; nothing else is wrong.
            match seen.presented.leaf() {
                leaf if leaf == own && settings.tls_client_validation => Holder::Agent,
                leaf if leaf == own => Holder::Restart("it wants certificates of clients".to_owned()),
                leaf if is_own(case, leaf) => Holder::Restart(presents(leaf)),
                leaf => Holder::Stranger(presents(leaf)),
            }
        }
        Err(Error::Connect(..)) => Holder::Nobody,
        Err(error) => match ask(own.is_none(), &mut Seen::default()) {
            Ok(report) if is_named(&report, settings) => Holder::Restart(match own {
                Some(_) => "it speaks no TLS".to_owned(),
                None => presents(report.certificate.as_ref()),
            }),
            _ => {
                let text = error.to_string();
                Holder::Stranger(text.lines().next().unwrap_or_default().to_owned())
            }
        },
    }
}

/// Whether the agent named in MSLSAM.ini has answered.
fn is_named(report: &Report, settings: &Settings<'_>) -> bool {
    let name = settings.display_service_name.to_string();
    report.status.iter().any(|(field, value)| *field == "agent" && *value == name)
}

/// Whether the private key of `certificate` is in this machine's store.
fn is_own(case: &Case<'_>, certificate: Option<&Certificate>) -> bool {
    let stored = case.store.as_ref().map(|store| store.certificates()).unwrap_or_default();
    stored.iter().any(|stored| stored.has_key && Some(&stored.certificate) == certificate)
}

fn presents(certificate: Option<&Certificate>) -> String {
    format!("it presents another certificate: {}", Description(certificate))
}

/// The service for `role`, if it runs: its name and process.
#[cfg(windows)]
fn service_that_runs(role: Role, settings: &Settings<'_>) -> Option<String> {
    use crate::service::{Names, status};

    let names = Names::new(role, settings);
    let status = status(&names).ok().flatten().filter(|status| status.is_running)?;
    Some(format!("the service {} ({})", names.display, status.state))
}

/// There are no services.
#[cfg(not(windows))]
const fn service_that_runs(_: Role, _: &Settings<'_>) -> Option<String> {
    None
}
