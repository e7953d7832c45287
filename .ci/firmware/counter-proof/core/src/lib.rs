//! A way to a panic of each kind that must be found, and a function without one.

#![no_std]

/// Panics in its own code.
pub fn indexed(bytes: &[u8], at: usize) -> u8 {
    bytes[at]
}

/// Panics in a function of Rust's library that is called.
pub fn moved(bytes: &mut [u8], at: usize) {
    bytes.copy_within(at.., 0);
    bytes.copy_within(..at, 1);
}

/// Panics in a block that the compiler merges with another one of the caller.
#[inline(always)]
pub fn divided(number: usize, by: usize) -> usize {
    number / by
}

/// Cannot panic.
pub fn checked(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or_default()
}
