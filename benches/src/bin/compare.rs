//! Prints the tables: `compare [--quick] [handshakes] [clients] [engine] [records] [primitives] [ini]
//! [settings] [sizes] [instructions]`, all of them if none is named. With `--quick`, each measurement runs
//! only a few times, to see that it works.

use std::process::ExitCode;

use lsam_benches::Failure;
use lsam_benches::measure::{Effort, Table};
use lsam_benches::tls::{self, Timed};
use lsam_benches::{ini, instructions, primitives, sizes};

/// Measures and builds a table.
type Measurement = fn(Effort) -> Result<Table, Failure>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("compare: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let (flags, names): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|arg| arg.starts_with("--"));
    let effort = match flags.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => Effort::FULL,
        ["--quick"] => Effort::QUICK,
        _ => return Err(format!("unknown: {}", flags.join(" ")).into()),
    };
    let tables: [(&str, Measurement); 7] = [
        ("handshakes", |effort| tls::handshakes(effort, Timed::Server)),
        ("clients", |effort| tls::handshakes(effort, Timed::Client)),
        ("engine", tls::engine_alone),
        ("records", tls::records),
        ("primitives", primitives::all),
        ("ini", ini::events),
        ("settings", ini::settings),
    ];
    let known = |name: &String| {
        ["sizes", "instructions"].contains(&name.as_str()) || tables.iter().any(|(known, _)| known == name)
    };
    if let Some(name) = names.iter().find(|name| !known(name)) {
        return Err(format!("unknown: {name}").into());
    }
    let wanted = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
    for (name, measure) in tables {
        if wanted(name) {
            println!("{}", measure(effort)?);
        }
    }
    if wanted("sizes") {
        println!("{}", sizes::table());
    }
    if wanted("instructions") {
        println!("{}", instructions::table()?);
    }
    Ok(())
}
