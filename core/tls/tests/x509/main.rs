//! Chains, names and revocation lists, against vectors and against certificates that are made as the tests run.
#![allow(clippy::unwrap_used, reason = "a broken data file shall fail the test")]

#[cfg(feature = "default")]
mod chains;
#[cfg(feature = "default")]
mod issue;
#[cfg(feature = "default")]
mod made;
mod names;
#[cfg(feature = "default")]
mod pkits;
#[cfg(feature = "default")]
mod practice;
#[cfg(feature = "default")]
mod revocation;
#[cfg(feature = "default")]
mod search;
