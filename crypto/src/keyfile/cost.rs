//! How much work a passphrase guess costs: at least so much that guessing is work, at most what a file from outside may make this machine do.

use argon2::{Algorithm, Argon2, Params, Version};

use super::KeyFileError;

/// Most memory that reading a key file may take, in KiB: 1 GiB.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;
/// Most passes over that memory.
const MAX_PASSES: u32 = 32;
/// Most memory times passes, in KiB: some seconds.
const MAX_WORK_KIB: u64 = 4 * 1024 * 1024;
/// Least memory, in KiB, and least passes over it: what OWASP's guide for stored passwords takes for the least that is work.
const MIN_MEMORY_KIB: u32 = 19 * 1024;
const MIN_PASSES: u32 = 2;
/// Most lanes.
const MAX_LANES: u32 = 16;

/// Parameters of argon2id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KdfCost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl KdfCost {
    /// For a person who waits: 64 MiB, 3 passes; RFC 9106's second recommendation with one lane.
    #[must_use]
    pub const fn interactive() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 }
    }

    /// The least that a key file may have: 19 MiB, 2 passes.
    #[must_use]
    pub const fn least() -> Self {
        Self { memory_kib: MIN_MEMORY_KIB, passes: MIN_PASSES, lanes: 1 }
    }

    /// Parameters read from a file or a configuration.
    ///
    /// # Errors
    /// When they are outside the bounds: at least 19 MiB and 2 passes; at most 1 GiB, 32 passes, 4 GiB of memory times passes, 16 lanes.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, KeyFileError> {
        let memory = MIN_MEMORY_KIB..=MAX_MEMORY_KIB;
        let bounded = memory.contains(&memory_kib)
            && (MIN_PASSES..=MAX_PASSES).contains(&passes)
            && u64::from(memory_kib) * u64::from(passes) <= MAX_WORK_KIB
            && (1..=MAX_LANES).contains(&lanes);
        if !bounded {
            return Err(KeyFileError::KdfOutOfBounds);
        }
        let cost = Self { memory_kib, passes, lanes };
        cost.argon2().map(|_| cost)
    }

    pub(super) fn argon2(self) -> Result<Argon2<'static>, KeyFileError> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32))
            .map_err(|_| KeyFileError::KdfOutOfBounds)?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }

    pub(super) fn to_text(self) -> String {
        format!("m={} t={} p={}", self.memory_kib, self.passes, self.lanes)
    }

    pub(super) fn from_text(text: &str) -> Result<Self, KeyFileError> {
        let mut words = text.split(' ');
        let mut number = |name: &str| {
            words
                .next()
                .and_then(|word| word.strip_prefix(name))
                .and_then(|digits| digits.parse().ok())
                .ok_or(KeyFileError::Damaged)
        };
        let cost = Self::new(number("m=")?, number("t=")?, number("p=")?)?;
        if cost.to_text() == text { Ok(cost) } else { Err(KeyFileError::Damaged) }
    }
}
