//! The depth of the stack. The start code paints the whole stack; words that have lost their paint were used.

use cortex_m::register::msp;

/// The pattern that the start code paints (cortex-m-rt, feature `paint-stack`).
const PAINT: u32 = 0xCCCC_CCCC;
/// A margin below the stack pointer that is not painted, for data that the compiler keeps there.
const MARGIN: usize = 128;

unsafe extern "C" {
    /// The lowest word of the stack, from the linker script.
    static _stack_end: u32;
    /// The word after the highest one.
    static _stack_start: u32;
}

fn lowest() -> usize {
    (&raw const _stack_end).addr()
}

/// The bytes of stack used since the start, or since the last [`depth_of`].
pub fn high_water() -> usize {
    (&raw const _stack_start).addr() - touched()
}

/// Runs `work` and returns how many bytes of stack it used below its caller.
pub fn depth_of<R>(work: impl FnOnce() -> R) -> (R, usize) {
    let top = address(msp::read());
    for at in (lowest()..top - MARGIN).step_by(4) {
        // SAFETY: nothing live is between the lowest word of the stack and the stack pointer, minus a margin.
        unsafe { core::ptr::with_exposed_provenance_mut::<u32>(at).write_volatile(PAINT) };
    }
    let result = outlined(work);
    (result, top.saturating_sub(touched()))
}

/// Keeps the frame of `work` below that of the function that measures it.
#[inline(never)]
fn outlined<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// The lowest address of the stack that has lost its paint.
fn touched() -> usize {
    let mut at = lowest();
    let end = address(msp::read());
    // SAFETY: every word from the bottom of the stack up to the stack pointer is in memory, and any content
    // is valid.
    while at < end && unsafe { core::ptr::with_exposed_provenance::<u32>(at).read_volatile() } == PAINT {
        at += 4;
    }
    at
}

const fn address(register: u32) -> usize {
    // Both have 32 bits here.
    register as usize
}
