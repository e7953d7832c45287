//! The agent's command line.

mod cert;
mod config;
mod config_file;
mod doctor;
mod run;
#[cfg(windows)]
mod service;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use lsam_host_windows::console::{Output, complain};
use lsam_host_windows::demo;
use lsam_host_windows::net::Stop;

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
    Run(run::Run),
    /// Show the agent at work in a temporary folder: a TLS connection, the machine status, two refusals.
    Demo,
    /// Look into the certificate store, and put certificates into it.
    Cert(cert::Cert),
    /// Check, show and change the agent's MSLSAM.ini.
    Config(config::Config),
    /// Look at everything from MSLSAM.ini to a connection, and say what is wrong and what cures it.
    Doctor(doctor::Doctor),
    /// Install, start and stop the services of Windows.
    #[cfg(windows)]
    Service(service::Service),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Run(arguments) => run::run(&arguments, &stop_on_request()),
        Command::Demo => demonstrate(&stop_on_request()),
        Command::Cert(arguments) => cert::run(&arguments),
        Command::Config(arguments) => config::run(arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        #[cfg(windows)]
        Command::Service(arguments) => service::run(arguments),
    }
}

/// The stop that Ctrl-C, SIGTERM or closing the console requests. Without this, they end a command
/// immediately.
fn stop_on_request() -> Stop {
    let stop = Stop::new();
    let requested = stop.clone();
    if let Err(error) = ctrlc::set_handler(move || requested.request()) {
        complain(format_args!("lsam: Ctrl-C and SIGTERM end the program at once: {error}"));
    }
    stop
}

fn demonstrate(stop: &Stop) -> ExitCode {
    match demo::run(&mut Output::lock(), stop) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            complain(format_args!("lsam: the demonstration failed: {reason}"));
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Cli::command().debug_assert();
    }
}
