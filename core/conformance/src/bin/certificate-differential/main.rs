//! Verifies mutated certificates and chains with core's path engine and with OpenSSL, and compares the
//! verdicts.
//!
//! Most are signed after the change, so that the deeper checks are reached. If the verdicts differ,
//! `classes.rs` must have a reason for that class of difference. Seed and number of trials are optional
//! arguments.
//!
//! Last line: `differential: N agreed, N stricter, N laxer explained, N laxer unexplained`. The exit status
//! is 1 if a difference has no reason, or if core panicked.

#![expect(clippy::unwrap_used, reason = "a program of the checks")]

mod certificate;
mod classes;
mod judges;
mod mutation;
mod tree;
mod trial;

use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::process::ExitCode;

use certificate::Keys;
use lsam_conformance::Random;
use trial::Trial;

/// How many chains are verified.
const TRIALS: usize = 21_000;

/// How many trials of an unexplained difference are shown.
const EXAMPLES: usize = 3;

/// Trials with the same two verdicts and reason.
#[derive(Default)]
struct Difference {
    count: usize,
    /// The first of them.
    examples: Vec<Trial>,
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>().unwrap());
    let mut random = Random::new(arguments.next().unwrap_or(0x5eed));
    let trials = arguments.next().map_or(TRIALS, |count| count.try_into().unwrap());
    let keys = Keys::new().unwrap();

    let (mut agreed, mut accepted, mut panics) = (0, 0, 0);
    let mut differences = BTreeMap::<(String, String, Option<&str>), Difference>::new();
    for _ in 0..trials {
        let trial = Trial::new(&mut random, &keys).unwrap();
        let Ok(ours) = catch_unwind(|| judges::core(&trial)) else {
            panics += 1;
            report("panic", &trial);
            continue;
        };
        let theirs = judges::openssl(&trial).unwrap();
        if ours.is_ok() == theirs.is_ok() {
            agreed += 1;
            accepted += usize::from(ours.is_ok());
            continue;
        }
        let verdict =
            |verdict: Result<(), String>| verdict.map_or_else(|error| error, |()| "accepted".to_owned());
        let (ours, theirs) = (verdict(ours), verdict(theirs));
        let reason = classes::reason(&ours, &theirs, &trial);
        let difference = differences.entry((ours, theirs, reason)).or_default();
        difference.count += 1;
        if difference.examples.len() < EXAMPLES {
            difference.examples.push(trial);
        }
    }

    let (mut stricter, mut explained, mut unexplained, mut unknown) = (0, 0, 0, 0);
    for ((ours, theirs, reason), Difference { count, examples }) in &differences {
        println!("{count:5}  core: {ours}; OpenSSL: {theirs}");
        println!("       {}", reason.unwrap_or("NOT EXPLAINED"));
        match (ours == "accepted", reason) {
            (true, Some(_)) => explained += count,
            (true, None) => unexplained += count,
            (false, Some(_)) => stricter += count,
            (false, None) => {
                stricter += count;
                unknown += count;
            }
        }
        if reason.is_none() {
            examples.iter().for_each(|trial| report(ours, trial));
        }
    }
    println!("{accepted} accepted by both, {} refused by both, {panics} panics", agreed - accepted);
    if unknown > 0 {
        println!("{unknown} stricter without a reason");
    }
    println!(
        "differential: {agreed} agreed, {stricter} stricter, {explained} laxer explained, {unexplained} \
         laxer unexplained"
    );
    if unexplained + unknown + panics == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Shows a trial so that others can reproduce it.
fn report(what: &str, trial: &Trial) {
    println!("{what}: {:?}", trial.changes);
    for (name, ders) in [("presented", &trial.chain), ("root", &trial.roots)] {
        for der in ders {
            let hex: String = der.iter().map(|byte| format!("{byte:02x}")).collect();
            println!("  {name} {hex}");
        }
    }
}
