//! A small deterministic generator of choices (SplitMix64, Steele et al., OOPSLA 2014). Not for secrets.

/// Draws from one stream.
pub(crate) struct Draw(u64);

impl Draw {
    /// The stream of one patient.
    pub(crate) fn new(seed: u64, index: u64) -> Self {
        let mut draw = Draw(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ index.wrapping_mul(0xd134_2543_de82_ef95));
        draw.next();
        draw
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = (high - low).max(0) as u64 + 1;
        low + (self.next() % span) as i64
    }

    /// True in `percent` of a hundred cases.
    pub(crate) fn chance(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }

    /// One of the options.
    pub(crate) fn one<'a, T>(&mut self, first: &'a T, rest: &'a [T]) -> &'a T {
        match self.between(0, rest.len() as i64) {
            0 => first,
            other => rest.get(other as usize - 1).unwrap_or(first),
        }
    }

    /// A text from a list.
    pub(crate) fn text(&mut self, list: &[&'static str]) -> &'static str {
        let index = self.between(0, list.len() as i64 - 1);
        list.get(index as usize).copied().unwrap_or_default()
    }

    /// Digits.
    pub(crate) fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + self.between(0, 9) as u8)).collect()
    }

    /// A random UUID (version 4 in form).
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | ((low >> 48) & 0x3fff),
            low & 0xffff_ffff_ffff
        )
    }
}
