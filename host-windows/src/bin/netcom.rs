//! The probe's command line: it connects to an agent as the scheduling server does.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use lsam_core::agent::CheckCrc;
use lsam_core::serial_number;
use lsam_core::x509::Revocation;
use lsam_host_windows::console::{Output, complain};
use lsam_host_windows::identity::Identity;
use lsam_host_windows::netcom::{Probe, Trust};
use lsam_host_windows::store::{self, CertificateStore, Problem, find_by_serial};

/// Connects to an agent as the scheduling server does.
#[derive(Parser)]
#[command(name = "netcom", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Ask an agent for its machine status; print it and what the connection agreed on.
    Status(Status),
}

#[derive(clap::Args)]
struct Status {
    /// The agent's machine and port (SocketNumberToSAM).
    #[arg(long, value_name = "HOST:PORT")]
    machine: String,
    /// Use TLS for Scheduling Communications.
    #[arg(long)]
    tls: bool,
    /// Whom to trust: the root of the certification authority or the agent's self-signed certificate, in a
    /// file, in a folder of such files, or in a certificate store. Revocation lists there are used too. Can
    /// be given several times.
    #[arg(long, value_name = "FILE or DIR", requires = "tls")]
    trust: Vec<PathBuf>,
    /// A folder in place of the machine's certificate store, with My, Root, CA and CRL in it: trusts what is
    /// there. On Windows the machine's own is taken when neither this nor --trust is given.
    #[arg(long, value_name = "DIR", requires = "tls")]
    store: Option<PathBuf>,
    /// The serial number of this end's certificate in that store, for an agent with TLSClientValidation.
    #[arg(long, value_name = "NUMBER", requires = "tls", conflicts_with = "cert")]
    serial: Option<String>,
    /// This end's certificate, with what else of its chain the agent needs, and its key if that is not in
    /// --key.
    #[arg(long, value_name = "FILE", requires = "tls")]
    cert: Option<PathBuf>,
    /// The private key of --cert.
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// Look the agent's certificates up in the revocation lists.
    #[arg(long, requires = "tls")]
    check_revocation: bool,
    /// Refuse a certificate whose status no revocation list shows.
    #[arg(long, requires = "check_revocation")]
    require_revocation_status: bool,
    /// The name that the certificate must have instead of the machine's: a host name or a distinguished name
    /// (the setting TLS Certificate Distinguished Name).
    #[arg(long, value_name = "NAME", requires = "tls")]
    name: Option<String>,
    /// Send messages without a CRC and check none, for an agent with CheckCRC=FALSE.
    #[arg(long)]
    no_crc: bool,
    /// For how long to wait, for everything together.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    timeout: u16,
}

fn main() -> ExitCode {
    let Command::Status(arguments) = Cli::parse().command;
    match status(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(format_args!("netcom: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn status(arguments: &Status) -> Result<(), String> {
    let store = store(arguments)?;
    let trust = arguments.tls.then(|| trust(arguments, store.as_deref())).transpose()?;
    let identity = identity(arguments, store.as_deref())?;
    let timeout = Duration::from_secs(arguments.timeout.into());
    let probe = Probe {
        machine: &arguments.machine,
        tls: trust.as_ref(),
        identity: identity.as_ref(),
        check_crc: if arguments.no_crc { CheckCrc::Off } else { CheckCrc::On },
        timeout,
    };
    let report = probe.machine_status().map_err(|error| error.to_string())?;
    write!(Output::lock(), "{report}").map_err(|error| error.to_string())
}

/// The named store, or that of the machine, if one is needed.
fn store(arguments: &Status) -> Result<Option<Box<dyn CertificateStore>>, String> {
    let is_needed = arguments.serial.is_some() || (cfg!(windows) && arguments.trust.is_empty());
    if !arguments.tls || (arguments.store.is_none() && !is_needed) {
        return Ok(None);
    }
    let store = store::open(arguments.store.as_deref()).map_err(|error| {
        format!("the certificate store can't be read: {error}; name the folder of one with --store")
    })?;
    warn(store.problems());
    Ok(Some(store))
}

fn trust(arguments: &Status, store: Option<&dyn CertificateStore>) -> Result<Trust, String> {
    let revocation = match (arguments.check_revocation, arguments.require_revocation_status) {
        (false, _) => Revocation::Off,
        (true, false) => Revocation::AllowUnknown,
        (true, true) => Revocation::RequireKnown,
    };
    let mut trust = Trust::new(&arguments.machine, arguments.name.as_deref()).with_revocation(revocation);
    if let Some(store) = store {
        trust.add_store(store);
    }
    for path in &arguments.trust {
        warn(&trust.add(path).map_err(|error| format!("{}: {error}", path.display()))?);
    }
    if trust.is_empty() {
        complain(
            "netcom: warning: no root certificate is trusted (--trust, --store), so that every agent will be \
             refused",
        );
    }
    Ok(trust)
}

/// What this end presents, if anything.
fn identity(arguments: &Status, store: Option<&dyn CertificateStore>) -> Result<Option<Identity>, String> {
    if let Some(cert) = &arguments.cert {
        let files: Vec<&Path> = [cert].into_iter().chain(&arguments.key).map(PathBuf::as_path).collect();
        let (identity, problems) = Identity::from_files(&files)
            .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n  "))?;
        warn(&problems);
        return Ok(Some(identity));
    }
    let (Some(typed), Some(store)) = (&arguments.serial, store) else { return Ok(None) };
    let serial = serial_number::parse(typed).map_err(|error| format!("--serial {typed}: {error}"))?;
    let found = find_by_serial(store, &serial).map_err(|not_found| {
        let mut text = format!("--serial {typed}: {not_found}");
        for stored in store.certificates().iter().filter(|stored| stored.has_key) {
            text.push_str(&format!("\n  {stored}"));
        }
        text
    })?;
    Identity::new(store, found.certificate).map(Some).map_err(|error| format!("--serial {typed}: {error}"))
}

fn warn(problems: &[Problem]) {
    for problem in problems {
        complain(format_args!("netcom: warning: {problem}"));
    }
}
