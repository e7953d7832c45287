//! Parses a file into settings, and queries them.

#![no_std]
#![no_main]

use core::fmt::Write as _;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use lsam_core::config::{SETTINGS, Setting, Settings};
use no_panic::{LONGEST_INPUT, Output, read_input};

#[unsafe(no_mangle)]
extern "C" fn run() -> i32 {
    let mut buffer = [0; LONGEST_INPUT];
    let input = read_input(&mut buffer);
    let mut diagnostics = 0;
    let settings = match Settings::parse_part(input, |_| diagnostics += 1) {
        Ok(settings) => settings,
        Err(invalid) => {
            let _ = writeln!(Output, "{diagnostics} diagnostics: {invalid}");
            return 0;
        }
    };
    for setting in SETTINGS {
        let _ = writeln!(Output, "{setting}={} {}", settings.value(setting), setting.kind);
    }
    let (v4, v6) = (input.first_chunk().copied(), input.first_chunk().copied());
    let v4 = IpAddr::V4(Ipv4Addr::from(v4.unwrap_or([127, 0, 0, 1])));
    let v6 = IpAddr::V6(Ipv6Addr::from(v6.unwrap_or([1; 16])));
    let found = Setting::find("JORS Settings", str::from_utf8(input).unwrap_or_default());
    let _ = writeln!(Output, "{} {} {}", settings.allows(v4), settings.allows(v6), found.is_some());
    0
}
