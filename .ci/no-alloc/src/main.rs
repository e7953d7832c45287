#![no_std]
#![no_main]

#[cfg(feature = "allocate")]
extern crate alloc;

use core::panic::PanicInfo;

core::arch::global_asm!(
    ".globl _start",
    "_start:",
    "xor ebp, ebp",
    "and rsp, -16",
    "call {main}",
    "mov edi, eax",
    "mov eax, 60",
    "syscall",
    main = sym main,
);

extern "C" fn main() -> i32 {
    #[cfg(feature = "allocate")]
    {
        let v: alloc::vec::Vec<u8> = core::hint::black_box(alloc::vec![1, 2, 3]);
        return v.len() as i32;
    }
    let mut r = lsam_core::wire::Reader::new(core::hint::black_box(&[0, 1, 5]));
    if r.vec16().is_ok() { 0 } else { 1 }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}
