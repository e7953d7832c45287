//! Fuzz targets for lsam-core: functions that take an input and panic if a rule is broken.
//!
//! They run on stable. The programs in `targets/` connect them to libFuzzer, and a test in the main workspace
//! runs them on the seeds in `corpus/` and the inputs in `regressions/`. README.md explains the seeds and how
//! to add a target.

mod agent_message;
mod certificate;
mod chain;
mod client;
mod distinguished_name;
mod edit;
mod endpoint;
mod handshake_message;
mod ini;
mod issuance;
mod pair;
mod peer;
mod presentation;
mod record;
mod records;
mod script;
pub mod seeds;
mod serial;
mod server;
mod session;
mod settings;
mod setup;
mod steps;
mod transcoder;

pub use agent_message::agent_message;
pub use certificate::certificate;
pub use chain::chain;
pub use client::client;
pub use distinguished_name::distinguished_name;
pub use edit::edit;
pub use endpoint::endpoint;
pub use handshake_message::handshake_message;
pub use ini::ini;
pub use pair::pair;
pub use record::record;
pub use serial::serial;
pub use server::server;
pub use settings::settings;
pub use transcoder::transcoder;

/// A target: its name, which its program and folders share, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("agent_message", agent_message),
    ("certificate", certificate),
    ("chain", chain),
    ("client", client),
    ("distinguished_name", distinguished_name),
    ("edit", edit),
    ("endpoint", endpoint),
    ("handshake_message", handshake_message),
    ("ini", ini),
    ("pair", pair),
    ("record", record),
    ("serial", serial),
    ("server", server),
    ("settings", settings),
    ("transcoder", transcoder),
];

/// The maximum number of sessions in one input, so that no input takes long.
const MAX_SESSIONS: usize = 4;

/// Describes an input for analyzing a finding: the steps of a session, or the bytes.
pub fn explain(target: &str, input: &[u8]) -> String {
    let mut script = script::Script::new(input);
    match target {
        "server" | "client" => {
            let set_up = script.bytes(3);
            let steps = std::iter::from_fn(|| steps::Step::next(&mut script));
            steps.fold(format!("set-up {set_up:02x?}"), |text, step| text + &format!("\n  {step:02x?}"))
        }
        _ => format!("{}", input.escape_ascii()),
    }
}

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
