//! Every line of a file, with the characters of each text.

#![no_std]
#![no_main]

use core::fmt::Write as _;

use lsam_core::ini::{Item, Reader, Text};
use no_panic::{LONGEST_INPUT, Output, read_input};

#[unsafe(no_mangle)]
extern "C" fn run() -> i32 {
    let mut buffer = [0; LONGEST_INPUT];
    let mut reader = Reader::new(read_input(&mut buffer));
    while let Some(line) = reader.next() {
        let _ = write!(Output, "{} {}: ", reader.offset(), line.at);
        match line.item {
            Item::Section(name) => show(name),
            Item::Property { key, value, value_column } => {
                show(key);
                show(value.raw());
                show(value.text());
                let _ = write!(Output, "{value_column} {} {}", value.is_quoted(), key.is("Type"));
            }
            Item::Comment(comment) => show(comment),
            Item::Blank => {}
            Item::Malformed(reason, line) => {
                show(line);
                let _ = write!(Output, "{reason}");
            }
        }
        Output.bytes(b"\n");
    }
    0
}

fn show(text: Text<'_>) {
    let _ = write!(Output, "{text} {text:.5} {:?} ", text.as_str().map(str::len));
    for c in text.chars() {
        let _ = Output.write_char(c);
    }
}
