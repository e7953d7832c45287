//! Runs a target on files, on stable and without libFuzzer: `cargo run --example replay TARGET FILE...`.

use std::{env, fs, io};

fn main() -> io::Result<()> {
    let mut args = env::args().skip(1);
    let target = args.next().unwrap_or_default();
    let Some((_, run)) = lsam_fuzz::TARGETS.iter().find(|(name, _)| *name == target) else {
        let names: Vec<&str> = lsam_fuzz::TARGETS.iter().map(|(name, _)| *name).collect();
        return Err(io::Error::other(format!("the targets are {}", names.join(", "))));
    };
    for file in args {
        let input = fs::read(&file)?;
        println!("{file}: {}", lsam_fuzz::explain(&target, &input));
        run(&input);
    }
    Ok(())
}
