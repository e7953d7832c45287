//! The template, a file to start from.

#![no_std]
#![no_main]

use core::fmt::Write as _;

use lsam_core::config::Template;
use no_panic::Output;

#[unsafe(no_mangle)]
extern "C" fn run() -> i32 {
    let _ = write!(Output, "{Template}");
    0
}
