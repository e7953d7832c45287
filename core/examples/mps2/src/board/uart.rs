//! The serial line: UART 0 of the board (CMSDK APB UART), transmit only.

use core::fmt;

use super::register::Register;

const BASE: usize = 0x4000_4000;
const DATA: Register = Register::at(BASE);
const STATE: Register = Register::at(BASE + 0x04);
const CTRL: Register = Register::at(BASE + 0x08);
const BAUDDIV: Register = Register::at(BASE + 0x10);

const TX_FULL: u32 = 1;
const TX_ENABLE: u32 = 1;
/// 115,200 baud at 25 MHz.
const DIVISOR: u32 = 217;

/// The serial line, a writer for text.
pub struct Uart;

impl Uart {
    pub(super) fn start() {
        BAUDDIV.write(DIVISOR);
        CTRL.write(TX_ENABLE);
    }
}

impl fmt::Write for Uart {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            while STATE.read() & TX_FULL != 0 {}
            DATA.write(byte.into());
        }
        Ok(())
    }
}
