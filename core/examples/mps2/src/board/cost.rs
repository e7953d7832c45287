//! The cost of work in an emulator that counts instructions: QEMU with `-icount shift=8`.

use super::{clock::ticks, stack};

/// The cost of one piece of work.
pub struct Cost {
    /// Instructions, which are not cycles.
    pub instructions: u32,
    /// Bytes of stack below the caller.
    pub stack: usize,
}

/// Runs `work`, at most 671 million instructions (the counter has 32 bits), and returns its cost.
pub fn of(work: impl FnOnce()) -> Cost {
    let (ticks, stack) = stack::depth_of(|| {
        let from = ticks();
        work();
        ticks().wrapping_sub(from)
    });
    // An instruction takes 256 ns and a tick of the counter 40 ns, so the 4,295 million ticks that fit the
    // counter are 671 million instructions.
    Cost { instructions: ((u64::from(ticks) * 5 + 16) / 32) as u32, stack }
}
