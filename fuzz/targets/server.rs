#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| lsam_fuzz::server(input));
