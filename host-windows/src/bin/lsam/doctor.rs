//! `lsam doctor`: checks what an administrator would check.

use std::path::PathBuf;
use std::process::ExitCode;

use lsam_host_windows::config::Format;
use lsam_host_windows::console::{Output, complain};
use lsam_host_windows::doctor::{self, Verdict};

use crate::config_file::ConfigFile;

/// Ends with 0 when all is well, 1 when there are warnings, 2 when something fails.
#[derive(clap::Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    config: ConfigFile,
    /// A folder in place of the machine's certificate store, with My, Root, CA and CRL in it.
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// The folder of the log files, if it is not the folder Log beside the file of --config.
    #[arg(long, value_name = "DIR")]
    log_dir: Option<PathBuf>,
    /// What TLS Certificate Distinguished Name of this machine is set to at the scheduling server.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// A file with the root certificate that the scheduling server's machine trusts, when it is not in the
    /// store here.
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// The certificate of the scheduling server, with its private key or without: says whether the agent
    /// takes it.
    #[arg(long, value_name = "FILE")]
    client: Option<PathBuf>,
    /// Write JSON for a program.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Doctor) -> ExitCode {
    let config = arguments.config.path();
    let examination = doctor::Doctor {
        store: arguments.store.as_deref(),
        log_folder: arguments.log_dir.as_deref(),
        distinguished_name: arguments.name.as_deref(),
        trust: arguments.trust.as_deref(),
        client: arguments.client.as_deref(),
        ..doctor::Doctor::new(&config)
    }
    .examine();
    let format = if arguments.json { Format::Json } else { Format::Text };
    if let Err(failed) = examination.write(format, &mut Output::lock()) {
        complain(format_args!("lsam: {failed}"));
        return ExitCode::from(2);
    }
    match examination.worst() {
        Verdict::Ok | Verdict::Skipped => ExitCode::SUCCESS,
        Verdict::Warning => ExitCode::from(1),
        Verdict::Failure => ExitCode::from(2),
    }
}
