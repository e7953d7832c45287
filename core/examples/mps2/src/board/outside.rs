//! What a real board has and the emulated one lacks: the time and a seed, put into its memory before it
//! starts.
//!
//! ```text
//! 0   u32       magic, 0x4C53414D
//! 4   u32       TCP port of the host for the client to connect to
//! 8   u64       the time, in seconds since 1970
//! 16  u8[32]    random bytes
//! ```
//!
//! All integers are little-endian. QEMU loads it with `-device loader,file=..,addr=0x21000000,force-raw=on`.
//! A real board takes the seed from its random number generator, and the time from its clock or the network.

use lsam_core::UnixTime;

use super::register::Register;
use crate::platform::{SEED, SeedSource};

/// PSRAM, which nothing else uses.
const BASE: usize = 0x2100_0000;
const MAGIC: u32 = 0x4C53_414D;

const fn word(index: usize) -> Register {
    Register::at(BASE + 4 * index)
}

/// The page loaded from outside.
pub struct Outside(());

impl Outside {
    /// `None` if the page was not loaded.
    pub(super) fn find() -> Option<Self> {
        (word(0).read() == MAGIC).then_some(Self(()))
    }

    pub(super) fn time(&self) -> UnixTime {
        UnixTime(u64::from(word(3).read()) << 32 | u64::from(word(2).read()))
    }

    /// The port of the host for the client to connect to.
    pub fn peer_port(&self) -> Option<u16> {
        u16::try_from(word(1).read()).ok().filter(|port| *port != 0)
    }
}

impl SeedSource for Outside {
    /// Returned once, then wiped.
    fn seed(&mut self) -> Option<[u8; SEED]> {
        let mut seed = [0; SEED];
        for (index, bytes) in seed.chunks_exact_mut(4).enumerate() {
            let word = word(4 + index);
            bytes.copy_from_slice(&word.read().to_le_bytes());
            word.write(0);
        }
        (seed != [0; SEED]).then_some(seed)
    }
}
