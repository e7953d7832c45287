//! `lsam` and `netcom` as programs, and the guide's words about them.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

#[cfg(unix)]
mod command_lines;
#[cfg(unix)]
mod config;
#[cfg(unix)]
mod doctor;
mod guide;
mod secrets;
mod trust;
