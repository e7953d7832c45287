//! The agent's command line.

mod cert;
mod config;

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use lsam_host_windows::agent::{Agent, Preparation, Refusal};
use lsam_host_windows::demo;
use lsam_host_windows::link::Deadlines;
use lsam_host_windows::log::Log;
use lsam_host_windows::net::{Limits, Stop};
use lsam_host_windows::store;

/// The scheduling agent.
#[derive(Parser)]
#[command(name = "lsam", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the agent in this console, until Ctrl-C or SIGTERM.
    Run(Run),
    /// Show the agent at work in a temporary folder: a TLS connection, the machine status, two refusals.
    Demo,
    /// Look into the certificate store, and put certificates into it.
    Cert(cert::Cert),
    /// Check, show and change the agent's MSLSAM.ini.
    Config(config::Config),
}

#[derive(clap::Args)]
struct Run {
    /// The agent's MSLSAM.ini.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// A folder in place of the machine's certificate store, with My, Root, CA and CRL in it.
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// The address of this machine to listen on.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::UNSPECIFIED))]
    listen: IpAddr,
}

fn main() -> ExitCode {
    let command = Cli::parse().command;
    let stop = Stop::new();
    let requested = stop.clone();
    if let Err(error) = ctrlc::set_handler(move || requested.request()) {
        eprintln!("lsam: Ctrl-C and SIGTERM end the program at once: {error}");
    }
    match command {
        Command::Run(arguments) => run(&arguments, &stop),
        Command::Demo => demonstrate(&stop),
        Command::Cert(arguments) => cert::run(&arguments),
        Command::Config(arguments) => config::run(arguments),
    }
}

/// Runs the agent; what keeps it from running stands in its log.
fn run(arguments: &Run, stop: &Stop) -> ExitCode {
    let log = Log::to_stderr();
    let agent = match start(arguments, &log) {
        Ok(agent) => agent,
        Err(refusal) => {
            refusal.lines().for_each(|line| log.error(line));
            return ExitCode::FAILURE;
        }
    };
    match agent.run(Deadlines::default(), Limits::default(), stop) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log.error(format_args!("the agent can't go on: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn demonstrate(stop: &Stop) -> ExitCode {
    match demo::run(&mut io::stdout(), stop) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("lsam: the demonstration failed: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: &Run, log: &Log) -> Result<Agent, Refusal> {
    let open_store = || store::open(arguments.store.as_deref());
    let preparation = Preparation::new(&arguments.config, open_store, log)?;
    Agent::bind(preparation, arguments.listen, log.clone())
}
