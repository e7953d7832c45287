//! Nothing but handshakes, for a profiler: `handshakes LIBRARY SCENARIO SIDE COUNT`, all by their number in
//! [`lsam_benches::instructions`], which counts the instructions of `counted`.

use std::process::ExitCode;

use lsam_benches::Failure;
use lsam_benches::instructions::{handshakes, libraries};
use lsam_benches::tls::{Scenario, Timed};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("handshakes: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let numbers: Vec<usize> = std::env::args().skip(1).map(|arg| arg.parse()).collect::<Result<_, _>>()?;
    let [library, scenario, side, count] = numbers[..] else { return Err("needs four numbers".into()) };
    let scenario = Scenario::handshakes()?.nth(scenario).ok_or("there is no such scenario")?;
    let side = if side == 0 { Timed::Server } else { Timed::Client };
    let mut libraries = libraries(&scenario)?;
    let library = libraries.get_mut(library).ok_or("there is no such library")?;
    handshakes(library.as_mut(), &scenario, side, count)
}
