//! Randomness that is the same in every run and with every version of every crate: SHA-256 of a counter.

use medshare_crypto::hash::sha256;
use rand_core::{CryptoRng, RngCore};

pub struct Counter {
    seed: u64,
    count: u64,
}

impl Counter {
    pub const fn new(seed: u64) -> Self {
        Self { seed, count: 0 }
    }
}

impl RngCore for Counter {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            self.count += 1;
            let block = sha256(&[self.seed.to_be_bytes(), self.count.to_be_bytes()].concat());
            chunk.copy_from_slice(&block.as_bytes()[..chunk.len()]);
        }
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for Counter {}
