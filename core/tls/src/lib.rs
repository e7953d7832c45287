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

pub mod crypto;
mod der;
#[cfg(any(doc, doctest))]
pub mod guide;
pub mod io;
mod time;
mod tls;
pub mod wire;
pub mod x509;

pub use time::UnixTime;
pub use tls::*;
