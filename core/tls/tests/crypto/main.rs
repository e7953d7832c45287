//! The primitives of the default provider against published vectors.
#![cfg(feature = "default")]
#![allow(clippy::unwrap_used, reason = "a broken vector file shall fail the test")]

mod rsa;
mod wycheproof;
