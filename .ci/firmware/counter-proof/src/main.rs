//! Calls every function of `own` with values that the compiler does not know.

#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    let mut bytes = black_box([0; 4]);
    own::moved(&mut bytes, black_box(1));
    black_box(own::indexed(&bytes, black_box(1)));
    black_box(own::checked(&bytes, black_box(1)));
    black_box(100 / black_box(1_usize));
    black_box(own::divided(100, black_box(1)));
    loop {
        black_box(());
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        black_box(());
    }
}
