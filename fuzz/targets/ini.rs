//! The cargo-fuzz program of the target `lsam_fuzz::ini`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lsam_fuzz::ini(input));
