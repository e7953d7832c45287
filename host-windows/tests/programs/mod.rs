//! `lsam` and `netcom` as programs, and what the guide says about them.

#[cfg(unix)]
mod command_lines;
#[cfg(unix)]
mod config;
#[cfg(unix)]
mod doctor;
mod guide;
mod secrets;
mod trust;
