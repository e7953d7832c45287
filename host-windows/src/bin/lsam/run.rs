//! `lsam run`: runs the agent, in a console or as a service.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use lsam_host_windows::agent::{Agent, AgentSetup, Journal, Role};
use lsam_host_windows::event::EventSink;
use lsam_host_windows::link::Deadlines;
use lsam_host_windows::log::Log;
use lsam_host_windows::net::{Limits, Patience, Stop};

use crate::config_file::ConfigFile;

#[derive(clap::Args)]
pub(super) struct Run {
    #[command(flatten)]
    pub(super) config: ConfigFile,
    /// A folder in place of the machine's certificate store, with My, Root, CA and CRL in it.
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// The address of this machine to listen on.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::UNSPECIFIED))]
    listen: IpAddr,
    /// The service to run: the agent, JORS, or both in this process.
    #[arg(long, value_enum, default_value_t = Services::Both)]
    pub(super) service: Services,
    /// The folder of the log files, if it is not to be the folder Log beside the file of --config.
    #[arg(long, value_name = "DIR")]
    log_dir: Option<PathBuf>,
    /// For how long to try again when the agent can't listen.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    patience: u64,
}

/// Which services run.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum Services {
    Agent,
    Jors,
    Both,
}

impl Services {
    pub(super) const fn roles(self) -> &'static [Role] {
        match self {
            Self::Agent => &[Role::Agent],
            Self::Jors => &[Role::Jors],
            Self::Both => &Role::ALL,
        }
    }
}

/// Runs the agent in this console.
pub(super) fn run(arguments: &Run, stop: &Stop) -> ExitCode {
    let patience = Patience::of(Duration::from_secs(arguments.patience));
    match arguments.serve(&Log::to_stderr(), None, patience, || {}, stop) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Ended) => ExitCode::FAILURE,
    }
}

/// The agent did not start, or could not continue; its log says why.
pub(super) struct Ended;

impl Run {
    /// Serves until `stop` is requested. `console` shows the lines of the log files; `listening` is called
    /// once connections are accepted.
    pub(super) fn serve(
        &self,
        console: &Log,
        events: Option<Box<dyn EventSink>>,
        patience: Patience,
        listening: impl FnOnce(),
        stop: &Stop,
    ) -> Result<(), Ended> {
        let config = self.config.path();
        let folder = config.parent().unwrap_or(Path::new("")).join("Log");
        let folder = self.log_dir.as_deref().unwrap_or(&folder);
        let roles = self.service.roles();
        let journal = Arc::new(Journal::to_folder(folder, roles, console, events));
        let agent = AgentSetup::new(&config, self.store.as_deref(), &journal)
            .and_then(|setup| Agent::bind(setup, roles, self.listen, patience, Arc::clone(&journal), stop))
            .map_err(|refusal| {
                journal.refusal(&refusal);
                Ended
            })?;
        let Some(agent) = agent else { return Ok(()) };
        listening();
        agent.run(Deadlines::default(), Limits::default(), stop).map_err(|error| {
            journal.critical(&format!("the agent can't go on: {error}"));
            Ended
        })
    }
}
