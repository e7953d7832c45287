//! Measurements of lsam-core against other libraries, all in one run on one machine.
//!
//! `compare` prints tables of times with ratios; `handshakes` only performs handshakes, for a profiler. Both
//! require the feature `peers`, without which this crate is empty; see its manifest.

#![cfg(feature = "peers")]

mod callgrind;
pub mod identity;
pub mod ini;
pub mod instructions;
pub mod measure;
pub mod plot;
pub mod primitives;
pub mod report;
pub mod sizes;
pub mod tls;

/// Why a measurement can't be made, with the library's own error.
pub type Failure = Box<dyn std::error::Error>;
