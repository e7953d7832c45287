//! The program that BoGo, BoringSSL's test runner, calls for each of its tests: it connects to the runner,
//! acts as server or client as its flags require, and echoes the data received with every bit flipped.
//!
//! Its exit code is the result: 0 if everything was as expected; 1 after an error, which is named on standard
//! error as `:…:` (`config.json` next to this file maps BoringSSL's names to these); 89 for a flag that
//! requires something the engine does not support. `.ci/peers/bogo` builds and runs the runner.

mod connection;
mod expectations;
mod failure;
mod flags;
mod setup;

use std::env;
use std::process::ExitCode;

use lsam_conformance::with_provider;

use failure::Failure;
use flags::{Exchange, Flags};
use setup::Kept;

/// The runner's exit code for "not implemented".
const UNSUPPORTED: u8 = 89;

fn main() -> ExitCode {
    let arguments: Vec<String> =
        env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    if arguments.iter().any(|argument| argument == "-is-handshaker-supported") {
        println!("No");
        return ExitCode::SUCCESS;
    }
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            match failure {
                Failure::Unsupported(_) => ExitCode::from(UNSUPPORTED),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

fn run(arguments: &[String]) -> Result<(), Failure> {
    let initial = Flags::parse(arguments, Exchange::Initial)?;
    let resumption = Flags::parse(arguments, Exchange::Resumption)?;
    let mut kept = Kept::new()?;
    connect(&initial, &mut kept)?;
    for _ in 0..initial.resumptions {
        if !resumption.server && kept.session.is_empty() {
            return Err(Failure::Check("there is no session to resume".into()));
        }
        connect(&resumption, &mut kept)?;
    }
    Ok(())
}

fn connect(flags: &Flags, kept: &mut Kept) -> Result<(), Failure> {
    with_provider!(flags.provider, P => setup::connect::<P>(flags, kept))
}
