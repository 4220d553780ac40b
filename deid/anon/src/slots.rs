//! Numbers keys in the order of their first appearance: open addressing with linear probing, at most half full.
#![expect(clippy::indexing_slicing, reason = "places are masked by the number of slots")]

use std::hash::{BuildHasherDefault, Hasher};

/// A key of a class, or of anything else that is numbered.
pub(crate) trait Key: Copy + Eq + std::fmt::Debug {
    /// A key that does not occur.
    const EMPTY: Self;
    /// Zero.
    const ZERO: Self;
    /// Adds a digit of some weight.
    fn plus(self, digit: u32, weight: u64) -> Self;
    /// A number of so many bits that differs for most keys.
    fn spread(self, bits: u32) -> usize;
    /// The key as an index.
    fn index(self) -> usize;
}

impl Key for u32 {
    const EMPTY: Self = u32::MAX;
    const ZERO: Self = 0;
    fn plus(self, digit: u32, weight: u64) -> Self {
        self.wrapping_add(digit.wrapping_mul(weight as u32))
    }
    fn spread(self, bits: u32) -> usize {
        (self.wrapping_mul(0x9e37_79b1) >> (32 - bits.min(32))) as usize
    }
    fn index(self) -> usize {
        self as usize
    }
}

impl Key for u64 {
    const EMPTY: Self = u64::MAX;
    const ZERO: Self = 0;
    fn plus(self, digit: u32, weight: u64) -> Self {
        self.wrapping_add(u64::from(digit).wrapping_mul(weight))
    }
    fn spread(self, bits: u32) -> usize {
        (mix(self) >> (64 - bits.min(64))) as usize
    }
    fn index(self) -> usize {
        self as usize
    }
}

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(key: u64) -> u64 {
    (key ^ (key >> 31)).wrapping_mul(MULTIPLIER)
}

/// Slots at the beginning, as a power of two.
const FIRST_BITS: u32 = 14;

/// Numbers keys.
#[derive(Debug)]
pub(crate) struct Slots<K> {
    slots: Vec<(K, u32)>,
    bits: u32,
}

impl<K: Key> Default for Slots<K> {
    fn default() -> Self {
        Slots { slots: Vec::new(), bits: 0 }
    }
}

impl<K: Key> Slots<K> {
    /// Forgets all keys and expects at most so many.
    pub(crate) fn reset(&mut self, most: usize) {
        self.bits = (most.max(8) * 2).next_power_of_two().trailing_zeros().min(FIRST_BITS);
        self.slots.clear();
        self.slots.resize(1 << self.bits, (K::EMPTY, 0));
    }

    /// The number of a key; `next`, which is how many there are, if it is new.
    #[inline]
    pub(crate) fn number(&mut self, key: K, next: u32) -> u32 {
        if next as usize * 2 >= self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut place = key.spread(self.bits);
        loop {
            let slot = &mut self.slots[place & mask];
            let (same, empty) = (slot.0 == key, slot.0 == K::EMPTY);
            if same | empty {
                let number = if empty { next } else { slot.1 };
                *slot = (key, number);
                return number;
            }
            place += 1;
        }
    }

    #[cold]
    fn grow(&mut self) {
        let old = std::mem::take(&mut self.slots);
        self.bits += 2;
        self.slots = vec![(K::EMPTY, 0); 1 << self.bits];
        let mask = self.slots.len() - 1;
        for (key, number) in old.into_iter().filter(|(key, _)| *key != K::EMPTY) {
            let mut place = key.spread(self.bits);
            while self.slots[place & mask].0 != K::EMPTY {
                place += 1;
            }
            self.slots[place & mask] = (key, number);
        }
    }
}

/// Hashes packed keys by one multiplication. They come from the owner's own data: nobody gains by collisions.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mix(u64);

/// Builds [`Mix`].
pub(crate) type MixBuild = BuildHasherDefault<Mix>;

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0.rotate_left(5) ^ u64::from(*byte)).wrapping_mul(MULTIPLIER);
        }
    }
    fn write_u64(&mut self, value: u64) {
        let mixed = mix(value);
        self.0 = mixed ^ (mixed >> 32);
    }
}
