#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]
#![allow(clippy::large_enum_variant, reason = "there is no heap to box a variant in")]
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::as_conversions,
        clippy::panic
    )
)]

#[cfg(test)]
extern crate std;

pub mod agent;
pub mod config;
pub mod endpoint;
pub mod peer_name;
pub mod serial_number;

pub use lsam_ini as ini;
pub use lsam_tls as tls;
pub use lsam_tls::{UnixTime, crypto, io, wire, x509};
