//! The entry of cargo-fuzz for the target `lsam_fuzz::agent_message`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lsam_fuzz::agent_message(input));
