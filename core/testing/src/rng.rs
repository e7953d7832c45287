//! Random numbers that are the same in every run.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

/// A generator with the same numbers in every run (xorshift64*). For tests only.
pub struct TestRng(pub u64);

impl TestRng {
    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.number() >> 33) as usize % n
    }
}

impl TryRng for TestRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.number() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.number())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill_with(|| (self.number() >> 40) as u8);
        Ok(())
    }
}

impl TryCryptoRng for TestRng {}
