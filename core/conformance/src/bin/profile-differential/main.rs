//! Reads generated files with the profile functions of Windows and with core, and compares every section, key
//! and value.
//!
//! If the answers differ, the rules in `rules.rs` must explain the difference exactly. Seed and number of
//! files are optional arguments. Without Windows or Wine there is nothing to compare with, and the exit
//! status is 2.
//!
//! Last line: `profile: N agreed, N explained, N unexplained`. The exit status is 1 if a difference is
//! unexplained.

#![expect(clippy::unwrap_used, reason = "a program of the checks")]

mod decoding;
mod file;
mod profile;
mod reading;
mod rules;
mod windows;

use std::collections::BTreeMap;
use std::process::ExitCode;

use lsam_conformance::Random;

use profile::{Answers, Questions};
use reading::Reading;
use rules::Rule;

/// How many files are read.
const FILES: usize = 6_000;

/// How many unexplained differences are shown.
const EXAMPLES: usize = 5;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>().unwrap());
    let mut random = Random::new(arguments.next().unwrap_or(0x5eed));
    let files = arguments.next().map_or(FILES, |count| count.try_into().unwrap());
    let folder = std::env::temp_dir().join(format!("profile-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();

    let (mut agreed, mut explained, mut unexplained, mut asked) = (0, 0, 0, 0);
    let mut differences = BTreeMap::<Rule, usize>::new();
    for n in 0..files {
        let file = file::generate(&mut random);
        // A name for each file, because Windows caches what it has read under a name.
        let path = folder.join(format!("{n}.ini"));
        std::fs::write(&path, &file).unwrap();
        let theirs = match windows::File::new(&path) {
            Ok(theirs) => theirs,
            Err(error) => {
                std::fs::remove_dir_all(&folder).unwrap();
                eprintln!("profile: {error}");
                return ExitCode::from(2);
            }
        };
        let questions = Questions::about(&[&theirs, &Reading::new(&file, &[])]);
        let answers = questions.ask(&theirs);
        asked += answers.len();
        std::fs::remove_file(&path).unwrap();

        if questions.ask(&Reading::new(&file, &[])) == answers {
            agreed += 1;
        } else if let Some(reasons) = reasons(&file, &questions, &answers) {
            explained += 1;
            reasons.iter().for_each(|rule| *differences.entry(*rule).or_default() += 1);
        } else {
            unexplained += 1;
            if unexplained <= EXAMPLES {
                println!("not explained: {}", file.escape_ascii());
                answers.print_differences(&questions.ask(&Reading::new(&file, &Rule::ALL)));
            }
        }
    }
    std::fs::remove_dir(&folder).unwrap();

    for rule in Rule::ALL {
        println!("{:5}  {rule}", differences.get(&rule).unwrap_or(&0));
    }
    println!("{asked} answers of Windows compared");
    println!("profile: {agreed} agreed, {explained} explained, {unexplained} unexplained");
    if unexplained == 0 && agreed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The rules with which the reading matches Windows' answer exactly; none of them can be omitted.
fn reasons(file: &[u8], questions: &Questions, answers: &Answers) -> Option<Vec<Rule>> {
    let explain = |rules: &[Rule]| questions.ask(&Reading::new(file, rules)) == *answers;
    let mut rules = Rule::ALL.to_vec();
    if !explain(&rules) {
        return None;
    }
    for rule in Rule::ALL {
        let others: Vec<Rule> = rules.iter().copied().filter(|other| *other != rule).collect();
        if explain(&others) {
            rules = others;
        }
    }
    Some(rules)
}
