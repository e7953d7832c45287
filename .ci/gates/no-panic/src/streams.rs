//! Standard input and output with direct system calls.

use core::arch::asm;
use core::fmt;

/// Reads standard input to its end, or as much of it as fits.
pub fn read_input(buffer: &mut [u8]) -> &[u8] {
    let mut len = 0;
    while let Some(room @ [_, ..]) = buffer.get_mut(len..) {
        let read: isize;
        // SAFETY: read(0, room, room.len()) writes at most that many bytes, all of them inside `room`.
        unsafe {
            asm!("syscall", inlateout("rax") 0_isize => read, in("rdi") 0, in("rsi") room.as_mut_ptr(),
                in("rdx") room.len(), lateout("rcx") _, lateout("r11") _, options(nostack));
        }
        match usize::try_from(read) {
            Ok(0) | Err(_) => break,
            Ok(read) => len += read,
        }
    }
    buffer.get(..len).unwrap_or_default()
}

/// Standard output.
pub struct Output;

impl Output {
    /// Writes `bytes`, or as many of them as are accepted.
    pub fn bytes(&mut self, bytes: &[u8]) {
        // SAFETY: write(1, bytes, bytes.len()) reads no memory other than `bytes`.
        unsafe {
            asm!("syscall", inlateout("rax") 1_isize => _, in("rdi") 1, in("rsi") bytes.as_ptr(),
                in("rdx") bytes.len(), lateout("rcx") _, lateout("r11") _, options(nostack));
        }
    }
}

impl fmt::Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.bytes(text.as_bytes());
        Ok(())
    }
}
