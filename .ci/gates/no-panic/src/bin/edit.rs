//! An edit: the first three lines are the section, the key and the value; the rest is the file.

#![no_std]
#![no_main]

use core::fmt::Write as _;

use lsam_core::ini::Edit;
use no_panic::{LONGEST_INPUT, Output, read_input};

#[unsafe(no_mangle)]
extern "C" fn run() -> i32 {
    let mut buffer = [0; LONGEST_INPUT];
    let mut parts = read_input(&mut buffer).splitn(4, |byte| *byte == b'\n');
    let [section, key, value, file] = [(); 4].map(|()| parts.next().unwrap_or_default());
    let [section, key, value] = [section, key, value].map(|text| str::from_utf8(text).unwrap_or_default());
    let edit = Edit { section, key, value };
    let mut edited = [0; 3 * LONGEST_INPUT];
    let _ = writeln!(Output, "{}", edit.room(file));
    match edit.apply(file, &mut edited) {
        Ok(edited) => Output.bytes(edited),
        Err(error) => {
            let _ = writeln!(Output, "{error}");
        }
    }
    0
}
