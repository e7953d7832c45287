//! The probe's command line: it connects to an agent as the scheduling server does.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use lsam_host_windows::netcom::{Probe, Trust};

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
    /// Whom to trust: the root of the certification authority or the agent's self-signed certificate, in a file, in a
    /// folder of such files, or in Root of a certificate store. Can be given several times.
    #[arg(long, value_name = "FILE or DIR", requires = "tls")]
    trust: Vec<PathBuf>,
    /// The name that the certificate must have instead of the machine's: a host name or a distinguished name (the setting
    /// TLS Certificate Distinguished Name).
    #[arg(long, value_name = "NAME", requires = "tls")]
    name: Option<String>,
    /// For how long to wait, for everything together.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
    timeout: u16,
}

fn main() -> ExitCode {
    let Command::Status(arguments) = Cli::parse().command;
    match status(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("netcom: {error}");
            ExitCode::FAILURE
        }
    }
}

fn status(arguments: &Status) -> Result<(), String> {
    let trust = arguments.tls.then(|| trust(arguments)).transpose()?;
    let timeout = Duration::from_secs(arguments.timeout.into());
    let probe = Probe { machine: &arguments.machine, tls: trust.as_ref(), timeout };
    let report = probe.machine_status().map_err(|error| error.to_string())?;
    print!("{report}");
    Ok(())
}

fn trust(arguments: &Status) -> Result<Trust, String> {
    let mut trust = Trust::new(&arguments.machine, arguments.name.as_deref());
    for path in &arguments.trust {
        let problems = trust.add(path).map_err(|error| format!("{}: {error}", path.display()))?;
        for problem in problems {
            eprintln!("netcom: warning: {problem}");
        }
    }
    if trust.is_empty() {
        eprintln!(
            "netcom: warning: no root certificate is trusted (--trust), so that every agent will be refused"
        );
    }
    Ok(trust)
}
