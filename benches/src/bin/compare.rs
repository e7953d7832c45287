//! Prints the tables: `compare [--quick] [handshakes] [clients] [engine] [records] [primitives] [ini]
//! [settings] [sizes] [instructions]`, all of them if none is named. With `--quick`, each measurement runs
//! only a few times, to see that it works. `compare --write-docs` measures everything and writes the page
//! `benchmarks/figures.md` of the documentation with its pictures.

use std::path::Path;
use std::process::ExitCode;

use lsam_benches::Failure;
use lsam_benches::measure::{Effort, Table};
use lsam_benches::report::Report;
use lsam_benches::tls::{self, Timed};
use lsam_benches::{ini, instructions, primitives, sizes};

/// Measures and builds a table.
enum Measurement {
    Times(fn(Effort) -> Result<Table, Failure>),
    Text(fn(Effort) -> Result<String, Failure>),
}

use Measurement::{Text, Times};

const MEASUREMENTS: [(&str, Measurement); 9] = [
    ("handshakes", Times(|effort| tls::handshakes(effort, Timed::Server))),
    ("clients", Times(|effort| tls::handshakes(effort, Timed::Client))),
    ("engine", Times(tls::engine_alone)),
    ("instructions", Text(instructions::table)),
    ("records", Times(tls::records)),
    ("primitives", Times(primitives::all)),
    ("ini", Times(ini::events)),
    ("settings", Times(ini::settings)),
    ("sizes", Text(|_| Ok(sizes::table()))),
];

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
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    match (flags.as_slice(), names.as_slice()) {
        (["--write-docs"], []) => write_docs(),
        ([], _) => print(Effort::FULL, &names),
        (["--quick"], _) => print(Effort::QUICK, &names),
        _ => Err(format!("unknown: {} {}", flags.join(" "), names.join(" ")).into()),
    }
}

fn print(effort: Effort, names: &[String]) -> Result<(), Failure> {
    if let Some(name) = names.iter().find(|name| !MEASUREMENTS.iter().any(|(known, _)| known == name)) {
        return Err(format!("unknown: {name}").into());
    }
    for (name, measurement) in MEASUREMENTS {
        if names.is_empty() || names.iter().any(|wanted| wanted == name) {
            match measurement {
                Times(measure) => println!("{}", measure(effort)?),
                Text(measure) => println!("{}", measure(effort)?),
            }
        }
    }
    Ok(())
}

fn write_docs() -> Result<(), Failure> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src/benchmarks");
    std::fs::create_dir_all(&folder)?;
    let mut report = Report::new()?;
    for (name, measurement) in MEASUREMENTS {
        match measurement {
            Times(measure) => report.add(&folder, name, &measure(Effort::FULL)?)?,
            Text(measure) => report.add_text(&measure(Effort::FULL)?),
        }
    }
    report.write(&folder)
}
