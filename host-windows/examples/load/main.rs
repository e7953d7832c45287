//! Generates load: the scheduling server's side of many connections, and the agents to hold them.
//!
//! `load scheduler` holds connections to one address, polls each of them every second, and reports how long
//! everything took. `load agents` is any number of agents in one process, with only as much behind their
//! messages as an answer needs. `.ci/load/check.py` runs both.

mod agents;
mod connection;
mod latencies;
mod scheduler;
mod side;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Generates load for an agent, or agents for a scheduling server.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Polls an agent over many connections
    Scheduler(scheduler::Flags),
    /// Answers any number of scheduling servers
    Agents(agents::Flags),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Scheduler(flags) => scheduler::run(&flags),
        Command::Agents(flags) => agents::run(&flags),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}
