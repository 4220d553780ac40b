//! Multiples of a point of G1 that is used again and again: no doublings, only sums of table entries.
#![expect(unsafe_code, reason = "blst's functions take pointers")]

use std::sync::OnceLock;

use blst::{blst_p1, blst_p1_affine};
use subtle::Choice;
use zeroize::Zeroizing;

use super::recode::{SignedDigit, recode};
use super::select::{G1_WORDS, MAX_ENTRIES, g1_from_words, g1_to_words, select};
use super::{G1, Scalar};

/// Bits of a window.
const WINDOW_BITS: usize = 5;
/// Multiples in a window's table, behind the neutral element.
const WINDOW_MULTIPLES: usize = 1 << (WINDOW_BITS - 1);
/// Windows that cover 255 bits and the carry.
const WINDOWS: usize = 256_usize.div_ceil(WINDOW_BITS);

// The top window has room for the carry of the one below.
const _: () = assert!(WINDOWS * WINDOW_BITS > 255);
const _: () = assert!(WINDOW_MULTIPLES < MAX_ENTRIES);

/// Table of a fixed base in G1.
#[derive(Clone)]
pub struct G1Table {
    windows: Vec<Vec<[u64; G1_WORDS]>>,
}

impl core::fmt::Debug for G1Table {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("G1Table(…)")
    }
}

impl G1Table {
    /// The table of g1, computed once.
    #[must_use]
    pub fn generator() -> &'static Self {
        static TABLE: OnceLock<G1Table> = OnceLock::new();
        TABLE.get_or_init(|| Self::new(&G1::generator()))
    }

    /// Computes the table: some 800 additions, 113 KB.
    #[must_use]
    pub fn new(base: &G1) -> Self {
        let mut start = *base;
        let mut points = Vec::with_capacity(WINDOWS * WINDOW_MULTIPLES);
        for _ in 0..WINDOWS {
            points.extend(core::iter::successors(Some(start), |last| Some(*last + start)).take(WINDOW_MULTIPLES));
            for _ in 0..WINDOW_BITS {
                start += start;
            }
        }
        let words: Vec<[u64; G1_WORDS]> =
            G1::to_affine_batch(&points).iter().map(|point| g1_to_words(point.as_ref())).collect();
        // All-zero coordinates are blst's point at infinity.
        let with_neutral = |window: &[[u64; G1_WORDS]]| [&[[0; G1_WORDS]], window].concat();
        Self { windows: words.chunks(WINDOW_MULTIPLES).map(with_neutral).collect() }
    }

    /// The base times `scalar`, in constant time.
    #[must_use]
    pub fn mul(&self, scalar: &Scalar) -> G1 {
        let mut limbs = Zeroizing::new([0_u64; 4]);
        let bytes = Zeroizing::new(scalar.to_bytes_le());
        for (limb, chunk) in limbs.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *limb = u64::from_le_bytes(*chunk);
        }
        let digits: [SignedDigit; WINDOWS] = recode(&*limbs, WINDOW_BITS);
        let mut sum = blst_p1::default();
        for (window, digit) in self.windows.iter().zip(digits) {
            let entry = select(window, digit.magnitude);
            sum = add_signed(&sum, &g1_from_words(&entry), digit.negative);
        }
        let mut point = G1::identity();
        *point.0.as_mut() = sum;
        point
    }
}

/// `sum ± entry`; blst's formula covers doubling and infinity without a branch.
fn add_signed(sum: &blst_p1, entry: &blst_p1_affine, negative: Choice) -> blst_p1 {
    let mut signed = *entry;
    let mut result = blst_p1::default();
    // SAFETY: all pointers are to valid coordinates, and no output overlaps an input.
    unsafe {
        blst::blst_fp_cneg(&raw mut signed.y, &raw const entry.y, negative.into());
        blst::blst_p1_add_or_double_affine(&raw mut result, sum, &raw const signed);
    }
    result
}
