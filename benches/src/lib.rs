//! Measurements of lsam-core beside named peers, all in one run on one machine.
//!
//! `compare` prints tables of times with ratios; `handshakes` does nothing but handshakes, for a profiler or for counting
//! instructions. Both need the feature `peers`, without which this crate is empty: see its manifest.

#![cfg(feature = "peers")]

pub mod aws_lc;
pub mod identity;
pub mod ini;
pub mod measure;
pub mod primitives;
pub mod sizes;
pub mod tls;

/// What keeps a measurement from being made; a peer's own error inside.
pub type Failure = Box<dyn std::error::Error>;
