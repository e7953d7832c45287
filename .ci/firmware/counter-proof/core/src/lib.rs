//! A function for each kind of panic that must be found, and a function that can't panic.

#![no_std]

/// May panic in its own code.
pub fn indexed(bytes: &[u8], at: usize) -> u8 {
    bytes[at]
}

/// May panic in a function of Rust's library that it calls.
pub fn moved(bytes: &mut [u8], at: usize) {
    bytes.copy_within(at.., 0);
    bytes.copy_within(..at, 1);
}

/// May panic in a block that the compiler merges with one of the caller's.
#[inline(always)]
pub fn divided(number: usize, by: usize) -> usize {
    number / by
}

/// Cannot panic.
pub fn checked(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or_default()
}
