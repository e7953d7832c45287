//! Chains, names and revocation lists: published vectors, data files, and certificates made at run time.
#![allow(clippy::unwrap_used, reason = "a broken data file must fail the test")]

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
