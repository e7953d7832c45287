#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]
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
pub mod crypto;
pub mod endpoint;
pub mod ini;
pub mod io;
mod time;
pub mod tls;
pub mod wire;
pub mod x509;

pub use time::UnixTime;
