//! Fuzz targets of lsam-core, each a function of its input that panics when a rule is broken.
//!
//! They run on stable: the programs under `targets/` hand them to libFuzzer, and a test of the main workspace hands them
//! the seeds under `corpus/` and the inputs under `regressions/`. README.md says what the seeds mean and how a target is added.

mod client;
mod peer;
pub mod provider;
mod records;
mod script;
pub mod seeds;
mod server;
mod session;
mod setup;
mod steps;

pub use client::client;
pub use server::server;

/// A target: its name, which is that of its program and of its folders, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[("client", client), ("server", server)];

/// Sessions in one input, so that no input takes long.
const MAX_SESSIONS: usize = 4;

#[cfg(test)]
mod tests {
    #[test]
    fn every_seed_runs() {
        for (target, name, input) in super::seeds::seeds() {
            let (_, run) = super::TARGETS.iter().find(|(name, _)| *name == target).unwrap();
            println!("{target} {name} {}", input.len());
            run(&input);
        }
    }
}
