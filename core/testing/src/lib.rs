//! Shared by tests, fuzz targets and benches: toy cryptography, a witness of handshakes, certificates,
//! sessions on a pipe, tasks that wait, and what every provider is tested with.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, missing_docs)]

pub mod der;
#[cfg(feature = "certificates")]
pub mod identity;
#[cfg(feature = "keys")]
pub mod key;
pub mod minimal;
#[cfg(feature = "certificates")]
pub mod pair;
#[cfg(feature = "providers")]
pub mod provider;
mod rng;
pub mod script;
pub mod slow_host;
pub mod subject;
pub mod tasks;
pub mod transparent;
pub mod witness;

pub use rng::TestRng;
