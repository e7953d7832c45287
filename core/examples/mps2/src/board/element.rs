//! A simulated secure element, because the emulated board has none: it takes as long as a real one on its
//! bus, and signs with the key in flash. On a board that has one, its driver implements [`Signer`].

use lsam_core::crypto::{Digest, EcdsaSigValue};
use lsam_core::tls::SignerFailed;

use super::HERTZ;
use super::clock::ticks;
use crate::key::{Busy, FlashKey, Signer};

/// Half a second in ticks of the counter, which runs at the clock of the processor.
const SIGNATURE_TICKS: u32 = HERTZ / 2;

/// The element.
pub struct Element {
    key: &'static mut FlashKey,
    begun: u32,
}

impl Element {
    /// An element that holds `key`.
    pub const fn new(key: &'static mut FlashKey) -> Self {
        Self { key, begun: 0 }
    }
}

impl Signer for Element {
    fn begin(&mut self, digest: &Digest) -> Result<(), Busy> {
        self.key.begin(digest)?;
        self.begun = ticks();
        Ok(())
    }

    fn finish(&mut self) -> Option<Result<EcdsaSigValue, SignerFailed>> {
        if ticks().wrapping_sub(self.begun) < SIGNATURE_TICKS {
            return None;
        }
        self.key.finish()
    }
}
