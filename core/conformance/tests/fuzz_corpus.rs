//! Replays every seed of the fuzz targets, and every input that once broke a rule.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The files of a folder of `fuzz/`, by target and name.
fn files(folder: &str) -> BTreeMap<(String, String), Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz").join(folder);
    let names = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap());
    let mut files = BTreeMap::new();
    for target in names(folder).filter(|entry| entry.path().is_dir()) {
        for file in names(target.path()) {
            let name = |entry: &fs::DirEntry| entry.file_name().into_string().unwrap();
            files.insert((name(&target), name(&file)), fs::read(file.path()).unwrap());
        }
    }
    files
}

fn replay(folder: &str) -> usize {
    let files = files(folder);
    for ((target, name), input) in &files {
        println!("{folder}/{target}/{name}");
        let (_, run) = lsam_fuzz::TARGETS.iter().find(|(known, _)| known == target).unwrap();
        run(input);
    }
    files.len()
}

#[test]
fn every_seed_keeps_the_rules() {
    assert!(replay("corpus") > 0);
}

#[test]
fn every_input_that_broke_a_rule_keeps_it_now() {
    replay("regressions");
}

#[test]
fn the_seeds_are_those_that_the_recording_makes() {
    let made = lsam_fuzz::seeds::seeds().into_iter();
    let made: BTreeMap<_, _> = made.map(|(target, name, input)| ((target.to_owned(), name), input)).collect();
    let found = files("corpus");
    for (seed, input) in &made {
        assert!(
            found.get(seed) == Some(input),
            "{seed:?} is out of date: cargo run --example seeds, in fuzz/"
        );
    }
    // libFuzzer names its local findings by SHA-1; they are not part of the project.
    let is_found = |name: &str| name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    for seed in found.keys().filter(|(_, name)| !is_found(name)) {
        assert!(made.contains_key(seed), "{seed:?} is made by nothing: seeds come from fuzz/src/seeds");
    }
    for (target, _) in lsam_fuzz::TARGETS {
        let count = made.keys().filter(|(of, _)| of == target).count();
        assert!((1..=50).contains(&count), "{count} seeds for {target}");
    }
}

/// A target without a program would not be fuzzed; the page must mention every target.
#[test]
fn every_target_has_a_program_and_a_line() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
    let (manifest, page) = (read("fuzz/Cargo.toml"), read("fuzz/README.md"));
    for (target, _) in lsam_fuzz::TARGETS {
        let program = read(&format!("fuzz/targets/{target}.rs"));
        assert!(program.contains(&format!("lsam_fuzz::{target}(")), "{target}");
        assert!(manifest.contains(&format!("name = \"{target}\"")), "{target}");
        assert!(page.contains(&format!("| `{target}` |")), "{target}");
    }
}
