//! Two versions of a file, separated by a zero byte: the effective configuration, the changes, and what
//! applies until a restart.

#![no_std]
#![no_main]

use core::fmt::Write as _;

use lsam_core::config::{Configuration, Settings};
use no_panic::{LONGEST_INPUT, Output, read_input};

#[unsafe(no_mangle)]
extern "C" fn run() -> i32 {
    let mut buffer = [0; LONGEST_INPUT];
    let mut versions = read_input(&mut buffer).splitn(2, |byte| *byte == 0);
    let Some(Ok(configuration)) = versions.next().map(|file| Configuration::parse(file, |_| {})) else {
        return 0;
    };
    let set = Settings::default().changes_to(&configuration.settings).count();
    let _ = writeln!(Output, "{set} settings differ from the defaults");
    for effective in configuration.effective() {
        let _ = writeln!(Output, "{effective}");
    }
    let Some(Ok(new)) = versions.next().map(|file| Settings::parse(file, |_| {})) else { return 0 };
    for change in configuration.settings.changes_to(&new) {
        let _ = writeln!(Output, "{change}");
    }
    for change in configuration.settings.loosened_by(&new) {
        let _ = writeln!(Output, "loosened: {change}");
    }
    let held = configuration.settings.with_dynamic_of(&new);
    let _ = writeln!(Output, "{} changes held back", held.changes_to(&new).count());
    0
}
