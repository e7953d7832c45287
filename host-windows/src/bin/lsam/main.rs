//! The agent's command line.

mod cert;
mod config;

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, Subcommand};
use lsam_host_windows::agent::{Agent, Journal, Preparation, Refusal, Role};
use lsam_host_windows::demo;
use lsam_host_windows::link::Deadlines;
use lsam_host_windows::log::Log;
use lsam_host_windows::net::{Limits, Patience, Stop};
use lsam_host_windows::store::{CertificateStore, DirectoryStore};

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
    /// The folder of the certificate store, with My, Root, CA and CRL in it.
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// The address of this machine to listen on.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::UNSPECIFIED))]
    listen: IpAddr,
    /// The service to run: the agent, JORS, or both in this process.
    #[arg(long, value_enum, default_value_t = Service::Both)]
    service: Service,
    /// The folder of the log files, if it is not to be the folder Log beside the file of --config.
    #[arg(long, value_name = "DIR")]
    log_dir: Option<PathBuf>,
    /// For how long to try again when the agent can't listen.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    patience: u64,
}

/// Which services run.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Service {
    Agent,
    Jors,
    Both,
}

impl Service {
    const fn roles(self) -> &'static [Role] {
        match self {
            Self::Agent => &[Role::Agent],
            Self::Jors => &[Role::Jors],
            Self::Both => &Role::ALL,
        }
    }
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
    let folder = arguments.config.parent().unwrap_or(Path::new("")).join("Log");
    let folder = arguments.log_dir.as_deref().unwrap_or(&folder);
    let roles = arguments.service.roles();
    let journal = Arc::new(Journal::in_folder(folder, roles, &Log::to_stderr(), None));
    let agent = match start(arguments, &journal, stop) {
        Ok(Some(agent)) => agent,
        Ok(None) => return ExitCode::SUCCESS,
        Err(refusal) => {
            journal.refusal(&refusal);
            return ExitCode::FAILURE;
        }
    };
    match agent.run(Deadlines::default(), Limits::default(), stop) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            journal.critical(&format!("the agent can't go on: {error}"));
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

fn start(arguments: &Run, journal: &Arc<Journal>, stop: &Stop) -> Result<Option<Agent>, Refusal> {
    let open_store = || match &arguments.store {
        Some(path) => Ok(Box::new(DirectoryStore::open(path)?) as Box<dyn CertificateStore>),
        None => Err(io::Error::new(io::ErrorKind::NotFound, "none was named")),
    };
    let preparation = Preparation::new(&arguments.config, open_store, journal)?;
    let patience = Patience::of(Duration::from_secs(arguments.patience));
    let roles = arguments.service.roles();
    Agent::bind(preparation, roles, arguments.listen, patience, Arc::clone(journal), stop)
}
