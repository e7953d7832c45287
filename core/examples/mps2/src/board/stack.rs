//! How deep the stack has been. The start code paints all of it; what has lost its paint was used.

use cortex_m::register::msp;

/// What the start code paints with (cortex-m-rt, feature `paint-stack`).
const PAINT: u32 = 0xCCCC_CCCC;
/// Not painted over below the stack pointer: what the compiler may have there for the function that paints.
const MARGIN: usize = 128;

unsafe extern "C" {
    /// The lowest word of the stack, by the linker script.
    static _stack_end: u32;
    /// The word behind its highest.
    static _stack_start: u32;
}

fn lowest() -> usize {
    (&raw const _stack_end).addr()
}

/// How many bytes of the stack have been used since the start, or since the last [`depth_of`].
pub fn high_water() -> usize {
    (&raw const _stack_start).addr() - touched()
}

/// Runs `work`, and says how many bytes of stack it took below its caller.
pub fn depth_of<R>(work: impl FnOnce() -> R) -> (R, usize) {
    let top = address(msp::read());
    for at in (lowest()..top - MARGIN).step_by(4) {
        // SAFETY: between the lowest word of the stack and the stack pointer, less a margin, there is nothing that lives.
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
    // SAFETY: the words from the lowest of the stack up to the stack pointer are memory, and read as they are.
    while at < end && unsafe { core::ptr::with_exposed_provenance::<u32>(at).read_volatile() } == PAINT {
        at += 4;
    }
    at
}

const fn address(register: u32) -> usize {
    // Both have 32 bits here.
    register as usize
}
