//! The Ethernet controller, a LAN9118 (SMSC data sheet, section 5), behind smoltcp's device interface.
//!
//! Frames pass through its two FIFOs a word at a time. A received frame causes an interrupt, which then stays
//! masked until the program waits again.

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;
use smoltcp::wire::EthernetAddress;
use static_cell::ConstStaticCell;

use super::register::Register;

const BASE: usize = 0x4020_0000;
const RX_DATA: Register = Register::at(BASE);
const TX_DATA: Register = Register::at(BASE + 0x20);
const RX_STATUS: Register = Register::at(BASE + 0x40);
const IRQ_CFG: Register = Register::at(BASE + 0x54);
const INT_STS: Register = Register::at(BASE + 0x58);
const INT_EN: Register = Register::at(BASE + 0x5C);
const FIFO_INT: Register = Register::at(BASE + 0x68);
const TX_CFG: Register = Register::at(BASE + 0x70);
const RX_DP_CTRL: Register = Register::at(BASE + 0x78);
const RX_FIFO_INF: Register = Register::at(BASE + 0x7C);
const TX_FIFO_INF: Register = Register::at(BASE + 0x80);
const MAC_CSR_CMD: Register = Register::at(BASE + 0xA4);
const MAC_CSR_DATA: Register = Register::at(BASE + 0xA8);

const IRQ_ENABLE_ACTIVE_HIGH: u32 = 1 << 8 | 1 << 4 | 1;
/// RX status FIFO level: an interrupt if more frames are waiting than FIFO_INT says, which is zero.
const FRAME_CAME: u32 = 1 << 3;
const FAST_FORWARD: u32 = 1 << 31;
const TX_ON: u32 = 1 << 1;
/// TX status is not kept, so its FIFO can't fill up.
const TX_STATUS_OVERRUN: u32 = 1 << 2;
const FIRST_AND_LAST: u32 = 1 << 13 | 1 << 12;
const CSR_BUSY: u32 = 1 << 31;
const CSR_READ: u32 = 1 << 30;
const MAC_CR: u32 = 1;
const MAC_ADDRH: u32 = 2;
const MAC_ADDRL: u32 = 3;
const MII_ACC: u32 = 6;
const MII_DATA: u32 = 7;
const MII_BUSY: u32 = 1;
/// The address of the PHY inside the controller.
const PHY: u32 = 1 << 11;
/// Basic status, a register of every PHY (IEEE 802.3 section 22.2.4.2).
const BASIC_STATUS: u32 = 1 << 6;
const LINK: u32 = 1 << 2;
const MAC_RX_AND_TX: u32 = 1 << 2 | 1 << 3;

/// A frame without its check sequence (IEEE 802.3 section 3.1.1).
const FRAME: usize = 1514;
const CHECK_SEQUENCE: usize = 4;

/// The controller, with room for one frame in each direction.
pub struct Ethernet {
    received: &'static mut [u8; FRAME],
    sent: &'static mut [u8; FRAME],
}

impl Ethernet {
    pub(super) fn start() -> Self {
        static RECEIVED: ConstStaticCell<[u8; FRAME]> = ConstStaticCell::new([0; FRAME]);
        static SENT: ConstStaticCell<[u8; FRAME]> = ConstStaticCell::new([0; FRAME]);
        TX_CFG.write(TX_ON | TX_STATUS_OVERRUN);
        FIFO_INT.write(0);
        IRQ_CFG.write(IRQ_ENABLE_ACTIVE_HIGH);
        write_mac(MAC_CR, read_mac(MAC_CR) | MAC_RX_AND_TX);
        Self { received: RECEIVED.take(), sent: SENT.take() }
    }

    /// The MAC address of the board.
    pub fn address(&self) -> EthernetAddress {
        let [a, b, c, d] = read_mac(MAC_ADDRL).to_le_bytes();
        let [e, f, ..] = read_mac(MAC_ADDRH).to_le_bytes();
        EthernetAddress([a, b, c, d, e, f])
    }

    /// Whether the cable is connected.
    pub(super) fn has_link() -> bool {
        // The first read reports a link that was lost since the last read; only the next one reports the
        // current state.
        read_basic_status();
        read_basic_status() & LINK != 0
    }

    /// Unmasks the interrupt for the next frame, and returns whether there is one already.
    pub(super) fn unmask() -> bool {
        INT_STS.write(FRAME_CAME);
        INT_EN.write(FRAME_CAME);
        frame_waits()
    }

    /// Masks the interrupt for frames.
    pub(super) fn mask() {
        INT_EN.write(0);
    }

    /// Takes the next good frame out of the FIFO and returns its length.
    fn take_frame(&mut self) -> Option<usize> {
        while frame_waits() {
            let status = RX_STATUS.read();
            let whole = (status >> 16 & 0x3FFF) as usize;
            let has_error = status & 1 << 15 != 0;
            match whole.checked_sub(CHECK_SEQUENCE) {
                Some(len) if len <= FRAME && !has_error => {
                    for at in (0..whole).step_by(4) {
                        let word = RX_DATA.read().to_le_bytes();
                        // The check sequence is read out of the FIFO too, and dropped.
                        for (to, from) in self.received.iter_mut().take(len).skip(at).zip(word) {
                            *to = from;
                        }
                    }
                    return Some(len);
                }
                _ => {
                    RX_DP_CTRL.write(FAST_FORWARD);
                    while RX_DP_CTRL.read() & FAST_FORWARD != 0 {}
                }
            }
        }
        None
    }
}

fn frame_waits() -> bool {
    RX_FIFO_INF.read() >> 16 & 0xFF != 0
}

fn read_mac(register: u32) -> u32 {
    MAC_CSR_CMD.write(CSR_BUSY | CSR_READ | register);
    while MAC_CSR_CMD.read() & CSR_BUSY != 0 {}
    MAC_CSR_DATA.read()
}

fn read_basic_status() -> u32 {
    write_mac(MII_ACC, PHY | BASIC_STATUS | MII_BUSY);
    while read_mac(MII_ACC) & MII_BUSY != 0 {}
    read_mac(MII_DATA)
}

fn write_mac(register: u32, value: u32) {
    MAC_CSR_DATA.write(value);
    MAC_CSR_CMD.write(CSR_BUSY | register);
    while MAC_CSR_CMD.read() & CSR_BUSY != 0 {}
}

impl Device for Ethernet {
    type RxToken<'a> = Received<'a>;
    type TxToken<'a> = ToSend<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Received<'_>, ToSend<'_>)> {
        if !has_room() {
            return None;
        }
        let len = self.take_frame()?;
        Some((Received(self.received.get(..len)?), ToSend(self.sent)))
    }

    fn transmit(&mut self, _: Instant) -> Option<ToSend<'_>> {
        has_room().then_some(ToSend(self.sent))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = FRAME;
        capabilities
    }
}

/// Whether the FIFO has room for another frame with the two words before it.
fn has_room() -> bool {
    (TX_FIFO_INF.read() & 0xFFFF) as usize >= FRAME + 16
}

/// A received frame.
pub struct Received<'a>(&'a [u8]);

impl RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(self.0)
    }
}

/// Room for a frame to send.
pub struct ToSend<'a>(&'a mut [u8; FRAME]);

impl TxToken for ToSend<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, fill: F) -> R {
        // smoltcp never requests more than `capabilities` says.
        let frame = self.0.get_mut(..len.min(FRAME)).unwrap_or_default();
        let result = fill(frame);
        let len = len as u32;
        TX_DATA.write(FIRST_AND_LAST | len);
        TX_DATA.write(len);
        for bytes in frame.chunks(4) {
            let mut word = [0; 4];
            word.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
            TX_DATA.write(u32::from_le_bytes(word));
        }
        result
    }
}
