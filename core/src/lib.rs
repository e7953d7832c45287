#![doc = include_str!("../README.md")]
#![cfg_attr(all(feature = "tls", feature = "rustcrypto"), doc = include_str!("../client.md"))]
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

#[cfg(all(feature = "tls", not(any(feature = "x25519", feature = "secp256r1", feature = "secp384r1"))))]
compile_error!("a TLS session needs a key exchange group: enable x25519, secp256r1 or secp384r1");
#[cfg(all(
    feature = "tls",
    not(any(feature = "aes128-gcm", feature = "aes256-gcm", feature = "chacha20-poly1305"))
))]
compile_error!("a TLS session needs a cipher suite: enable aes128-gcm, aes256-gcm or chacha20-poly1305");

pub mod agent;
pub mod config;
pub mod crypto;
mod der;
#[cfg(feature = "tls")]
pub mod endpoint;
pub mod ini;
#[cfg(feature = "tls")]
pub mod io;
mod time;
#[cfg(feature = "tls")]
pub mod tls;
pub mod wire;
pub mod x509;

pub use time::UnixTime;
