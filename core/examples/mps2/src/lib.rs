//! Firmware for a microcontroller with Ethernet: an agent's endpoint over TLS 1.2.
//!
//! `bin/server.rs` is the program. What is about TLS and the agent (`connection`, `agent`, `key`) knows of the
//! board only where its log goes and how deep its stack has been; what is about the board is in [`board`], behind the traits of
//! [`platform`] and of smoltcp. Besides it a board of yours replaces the addresses in [`network`], `memory.x` and `run`.
#![no_std]
#![allow(clippy::large_enum_variant, reason = "there is no heap to box a variant in")]

pub mod agent;
pub mod board;
pub mod connection;
pub mod credentials;
pub mod key;
pub mod log;
pub mod memory;
pub mod network;
pub mod platform;
pub mod start;
