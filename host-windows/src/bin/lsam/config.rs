//! `lsam config`: what administrators do with MSLSAM.ini.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use lsam_core::config::Severity;
use lsam_host_windows::config::{self, Failed, Format};
use lsam_host_windows::console::{Output as Console, complain};

use crate::config_file::ConfigFile;

/// The exit code of a failed command, and of a check that found an error.
const FAILURE: u8 = 2;

#[derive(clap::Args)]
pub(super) struct Config {
    #[command(flatten)]
    config: ConfigFile,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show all that is wrong with the file; ends with 0 when that is nothing, 1 when there are warnings, 2
    /// when there are errors.
    Check {
        /// The file, instead of --config.
        file: Option<PathBuf>,
        #[command(flatten)]
        output: Output,
    },
    /// Show every setting with its value, and its line in the file or that it is the default.
    Show {
        #[command(flatten)]
        output: Output,
    },
    /// Show the value of one setting.
    Get {
        /// The section, without brackets: "General Settings".
        section: String,
        /// The name of the setting.
        key: String,
        #[command(flatten)]
        output: Output,
    },
    /// Change one value and nothing else; what was there before is kept in a file that ends in .bak.
    Set {
        /// The section, without brackets: "General Settings".
        section: String,
        /// The name of the setting.
        key: String,
        /// What it is to be; "" is blank.
        value: String,
    },
    /// Write a file with every setting, its default and its meaning: to --config, where no file may be, or
    /// else here.
    Template,
}

#[derive(clap::Args)]
struct Output {
    /// Write JSON for a program.
    #[arg(long)]
    json: bool,
}

impl Output {
    const fn format(&self) -> Format {
        if self.json { Format::Json } else { Format::Text }
    }
}

pub(super) fn run(arguments: Config) -> ExitCode {
    match execute(arguments) {
        Ok(code) => code,
        Err(failed) => {
            complain(format_args!("lsam: {failed}"));
            ExitCode::from(FAILURE)
        }
    }
}

fn execute(arguments: Config) -> Result<ExitCode, Failure> {
    let out = &mut Console::lock();
    let Config { config, command } = arguments;
    let path = config.path();
    match command {
        Command::Check { file: Some(_), .. } if config.named().is_some() => return Err(Failure::TwoFiles),
        Command::Check { file, output } => {
            return Ok(match config::check(&file.unwrap_or(path), output.format(), out)? {
                None => ExitCode::SUCCESS,
                Some(Severity::Warning) => ExitCode::from(1),
                Some(Severity::Error) => ExitCode::from(FAILURE),
            });
        }
        Command::Show { output } => config::show(&path, output.format(), out)?,
        Command::Get { section, key, output } => {
            config::get(&path, &section, &key, output.format(), out)?;
        }
        Command::Set { section, key, value } => config::set(&path, &section, &key, &value, out)?,
        Command::Template => config::template(config.named(), out)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Why a command failed.
enum Failure {
    TwoFiles,
    Failed(Failed),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TwoFiles => f.write_str("name one file: behind check, or with --config"),
            Self::Failed(failed) => failed.fmt(f),
        }
    }
}

impl From<Failed> for Failure {
    fn from(failed: Failed) -> Self {
        Self::Failed(failed)
    }
}
