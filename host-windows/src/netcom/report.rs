//! An agent's answer, for people to read.

use std::fmt;
use std::net::SocketAddr;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use lsam_core::agent::{AcceptedAddress, MachineStatus};
use lsam_core::tls::Negotiated;

use crate::store::Certificate;

/// The machine status, and the connection over which it was received.
#[derive(Clone, Debug)]
pub struct Report {
    /// The agent's address.
    pub address: SocketAddr,
    /// What the TLS handshake negotiated; `None` without TLS.
    pub negotiated: Option<Negotiated>,
    /// The agent's certificate; `None` without TLS.
    pub certificate: Option<Certificate>,
    /// Its status by the revocation lists; `None` if they are not checked.
    pub revocation: Option<String>,
    /// The fields of the machine status, each with its name.
    pub status: Vec<(&'static str, String)>,
}

impl Report {
    pub(super) const fn new(address: SocketAddr) -> Self {
        Self { address, negotiated: None, certificate: None, revocation: None, status: Vec::new() }
    }

    pub(super) fn fill(&mut self, status: &MachineStatus<'_>) {
        let accepted: Vec<String> = status.accepted_addresses.iter().map(address).collect();
        self.status = vec![
            ("host name", text(status.host_name)),
            ("agent", text(status.agent_name)),
            ("agent version", text(status.agent_version)),
            ("time", time(status)),
            ("operating system", format!("{} {}", text(status.os_type), text(status.os_version))),
            (
                "processors",
                format!("{} x {} ({})", status.cpu_count, text(status.cpu_model), text(status.cpu_type)),
            ),
            ("protocol", text(status.protocol)),
            ("agent socket", status.agent_socket.to_string()),
            (
                "JORS socket",
                format!(
                    "{}, {}",
                    status.jors_socket,
                    if status.jors { "with job output" } else { "no job output yet" }
                ),
            ),
            ("maximum of jobs", status.max_jobs.to_string()),
            ("CRC of messages", if status.check_crc { "checked" } else { "not checked" }.to_owned()),
            ("accepted addresses", if accepted.is_empty() { "none".to_owned() } else { accepted.join(", ") }),
            ("this end's socket", status.smanetcom_socket.to_string()),
        ];
    }

    /// The field of the machine status with this name.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.status.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// A line for the connection, the certificate and every field.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.negotiated {
            Some(negotiated) => writeln!(f, "{:19} {}, {negotiated}", "connection", self.address)?,
            None => writeln!(f, "{:19} {}, without TLS", "connection", self.address)?,
        }
        if let Some(certificate) = &self.certificate {
            writeln!(f, "{:19} {certificate}", "certificate")?;
        }
        if let Some(revocation) = &self.revocation {
            writeln!(f, "{:19} {revocation}", "revocation")?;
        }
        self.status.iter().try_for_each(|(name, value)| writeln!(f, "{name:19} {value}"))
    }
}

fn address(address: AcceptedAddress) -> String {
    match address {
        AcceptedAddress::Any => "ANY".to_owned(),
        AcceptedAddress::Only(address) => address.to_string(),
    }
}

/// The local time of the machine, with its offset and the name of its zone.
fn time(status: &MachineStatus<'_>) -> String {
    let zone = text(status.time_zone);
    let offset = Offset::from_seconds(i32::from(status.utc_offset) * 60);
    let time = i64::try_from(status.time).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    match (time, offset) {
        (Some(time), Ok(offset)) => {
            let local = time.to_zoned_datetime(TimeZone::fixed(offset));
            format!("{} ({zone})", local.strftime("%Y-%m-%d %H:%M:%S %:z"))
        }
        _ => format!("out of range ({zone})"),
    }
}

/// Text from the agent, which must not contain terminal controls.
fn text(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
