//! Firmware for a microcontroller with Ethernet: an agent's endpoint over TLS 1.2.
//!
//! `bin/server.rs` is the program. The modules for TLS and the agent (`connection`, `agent`, `key`) use the
//! board only for their log and the depth of the stack; everything about the board is in [`board`], behind
//! the traits of [`platform`] and of smoltcp. To port it to your board, also replace the addresses in
//! [`network`], `memory.x` and `run`.
#![no_std]
#![allow(clippy::large_enum_variant, reason = "there is no heap to box a variant in")]

pub mod agent;
pub mod board;
pub mod connection;
pub mod credentials;
pub mod crypto;
pub mod key;
pub mod log;
pub mod memory;
pub mod network;
pub mod platform;
pub mod start;
