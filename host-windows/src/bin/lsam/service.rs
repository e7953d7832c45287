//! `lsam service`: the services of Windows.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use lsam_host_windows::agent::Role;
use lsam_host_windows::config::IniFile;
use lsam_host_windows::console::{Output, complain};
use lsam_host_windows::event::{EventLogSink, EventSink};
use lsam_host_windows::exposure::Places;
use lsam_host_windows::log::Log;
use lsam_host_windows::net::Patience;
use lsam_host_windows::service::{self, Command, Names};

use crate::config_file::ConfigFile;
use crate::run::{Run, Services};

#[derive(clap::Args)]
pub(super) struct Service {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Register the services with Windows, to be started with the machine. Repeat this if lsam.exe or the
    /// file has moved.
    Install(Install),
    /// Stop the services and unregister them from Windows. Files, logs and certificates stay.
    Uninstall(Which),
    /// Start the services, and wait until they run.
    Start(Which),
    /// Stop the services, and wait until they have stopped.
    Stop(Which),
    /// Stop the services and start them again.
    Restart(Which),
    /// Show where the services are.
    Status(Which),
    /// What Windows starts.
    #[command(hide = true)]
    Run(Started),
}

#[derive(clap::Args)]
struct Started {
    /// The name that the service was installed with.
    #[arg(long)]
    name: String,
    #[command(flatten)]
    run: Run,
}

#[derive(clap::Args)]
struct Which {
    #[command(flatten)]
    config: ConfigFile,
    /// The agent, JORS, or both.
    #[arg(long, value_enum, default_value_t = Services::Both)]
    service: Services,
}

#[derive(clap::Args)]
struct Install {
    #[command(flatten)]
    which: Which,
    /// A folder in place of the machine's certificate store, with My, Root, CA and CRL in it.
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// The folder of the log files, if it is not to be the folder Log beside the file of --config.
    #[arg(long, value_name = "DIR")]
    log_dir: Option<PathBuf>,
}

pub(super) fn run(arguments: Service) -> ExitCode {
    let done = match arguments.action {
        Action::Run(Started { name, run }) => serve(name, run),
        Action::Install(install) => install.run(),
        Action::Uninstall(which) => each(&which, |_| Command::Uninstall),
        Action::Start(which) => each(&which, |_| Command::Start),
        Action::Stop(which) => each(&which, |_| Command::Stop),
        Action::Restart(which) => each(&which, |_| Command::Restart),
        Action::Status(which) => each(&which, |_| Command::Status),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            complain(format_args!("lsam: {reason}"));
            ExitCode::FAILURE
        }
    }
}

/// Executes, for each of the services, the command that `command` returns; returns the first failure after
/// trying all.
fn each<'a>(which: &Which, command: impl Fn(&Names) -> Command<'a>) -> Result<(), String> {
    let config = which.config.path();
    let path = config.display();
    let file = IniFile::read(&config).map_err(|error| format!("{path}: {error}"))?;
    let out = &mut Output::lock();
    let mut done = Ok(());
    for role in which.service.roles() {
        let names = Names::in_file(*role, &file).map_err(|invalid| {
            format!(
                "{path}: {invalid}; `lsam config check` shows what is wrong with the names of the services"
            )
        })?;
        done = done.and(service::control(&names, command(&names), out).map_err(|failed| failed.to_string()));
    }
    done
}

impl Install {
    fn run(&self) -> Result<(), String> {
        let executable =
            env::current_exe().map_err(|error| format!("the place of lsam.exe is unknown: {error}"))?;
        // Windows starts services in a different folder.
        let absolute =
            |path: &Path| std::path::absolute(path).map_err(|error| format!("{}: {error}", path.display()));
        let config = absolute(&self.which.config.path())?;
        let store = self.store.as_deref().map(absolute).transpose()?;
        let log_dir = self.log_dir.as_deref().map(absolute).transpose()?;
        let beside = config.parent().unwrap_or(Path::new("")).join("Log");
        let log_folder = log_dir.as_deref().unwrap_or(&beside);
        for exposed in (Places { config: &config, store: store.as_deref(), log_folder }).exposed() {
            eprintln!("lsam: warning: {exposed}, with which the services run. {}", exposed.advice());
        }
        each(&self.which, |names| {
            let role = match names.role {
                Role::Agent => "agent",
                Role::Jors => "jors",
            };
            let mut arguments: Vec<OsString> =
                ["service", "run", "--name", &names.short, "--service", role].map(OsString::from).into();
            let mut add = |name: &str, path: &Path| arguments.extend([name.into(), path.into()]);
            add("--config", &config);
            if let Some(store) = &store {
                add("--store", store);
            }
            if let Some(log_dir) = &log_dir {
                add("--log-dir", log_dir);
            }
            Command::Install { executable: &executable, arguments }
        })
    }
}

/// Runs as the service `name`.
fn serve(name: String, run: Run) -> Result<(), String> {
    let source = name.clone();
    let body: service::Body = Box::new(move |state, stop| {
        let events = EventLogSink::open(&source).ok().map(|sink| Box::new(sink) as Box<dyn EventSink>);
        // Once the certificates are loaded, listening may have to wait for the network.
        state.starting(Some(Patience::SERVICE.total));
        let no_console = Log::new(Vec::new());
        run.serve(&no_console, events, Patience::SERVICE, || state.running(), stop).is_ok()
    });
    service::run(&name, body).map_err(|error| {
        format!(
            "{error}; this command is for Windows, which starts services with it: use `lsam service start`"
        )
    })
}
