//! Seeds: inputs, recorded from successful sessions, that lead each target to where searching is worthwhile.
//!
//! Only code generates them, so they are reproducible; a test in the main workspace compares them with the
//! files in `corpus/`. The name of each says what it is for, and so does README.md.

mod rest;
mod session;
mod trust;

/// An input to start from: its target, its file's name, and its bytes.
pub type Seed = (&'static str, String, Vec<u8>);

/// Every seed of every target.
pub fn seeds() -> Vec<Seed> {
    let mut seeds = Vec::new();
    session::seeds(&mut seeds);
    rest::seeds(&mut seeds);
    trust::seeds(&mut seeds);
    seeds
}
