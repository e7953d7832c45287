//! Every diagnostic about a file.

#![no_std]
#![no_main]

use core::fmt::Write as _;

use lsam_core::config::Settings;
use no_panic::{LONGEST_INPUT, Output, read_input};

#[unsafe(no_mangle)]
extern "C" fn run() -> i32 {
    let mut buffer = [0; LONGEST_INPUT];
    let parsed = Settings::parse(read_input(&mut buffer), |diagnostic| {
        let (setting, suggestion) = (diagnostic.setting(), diagnostic.suggestion());
        let setting = setting.map_or("no setting", |setting| setting.key);
        let suggestion = suggestion.unwrap_or("no suggestion");
        let _ = writeln!(Output, "{diagnostic} ({setting}, {suggestion})");
    });
    if let Err(invalid) = parsed {
        let _ = writeln!(Output, "{invalid}");
    }
    0
}
