//! The counter-proof: indexes with its input, so the linker must refuse it.

#![no_std]
#![no_main]

use no_panic::{Output, read_input};

#[unsafe(no_mangle)]
extern "C" fn run() -> i32 {
    let mut buffer = [0; 16];
    let input = read_input(&mut buffer);
    Output.bytes(&[input[usize::from(input.len() > 3) * 7]]);
    0
}
