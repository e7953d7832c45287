//! The seeds: inputs that lead each target to where it is worth to search, recorded from sessions that go well.
//!
//! They are made of nothing but code, so that they come out the same each time; a test of the main workspace compares them
//! with the files under `corpus/`. What each is for stands in its name, and in README.md.

mod rest;
mod session;
mod trust;

/// An input to start from: the target that it is for, its file's name, and its bytes.
pub type Seed = (&'static str, String, Vec<u8>);

/// Every seed of every target.
pub fn seeds() -> Vec<Seed> {
    let mut seeds = Vec::new();
    session::seeds(&mut seeds);
    rest::seeds(&mut seeds);
    trust::seeds(&mut seeds);
    seeds
}
