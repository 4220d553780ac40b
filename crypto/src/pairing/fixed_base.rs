//! Powers of a base that is used again and again: no squarings, only products of table entries.
//!
//! A digit of w bits is recoded to the signed range −2^{w−1} … 2^{w−1}, so that half the entries suffice; every entry of a
//! window is read for every digit. [`GtTable`] covers 64 bits only: the four base-|x| digits of a scalar (see
//! `gt_power`) share one table, and three Frobenius maps put them together.
#![expect(unsafe_code, reason = "blst's functions take pointers")]

use std::sync::OnceLock;

use blst::{blst_fp12, blst_p1, blst_p1_affine};
use subtle::{Choice, ConstantTimeGreater};
use zeroize::Zeroizing;

use super::gt::multiply;
use super::gt_power::{digits, power_of_x, square};
use super::select::{G1_WORDS, GT_WORDS, assign_if, g1_from_words, g1_to_words, gt_from_words, gt_to_words, select};
use super::{G1, Gt, Scalar};

/// Bits of a window, and with it the entries: 2^(w−1) for each.
const GT_WINDOW_BITS: usize = 6;
/// Windows that cover 64 bits and the carry.
const GT_WINDOWS: usize = 64_usize.div_ceil(GT_WINDOW_BITS);
const G1_WINDOW_BITS: usize = 5;
/// Windows that cover 255 bits and the carry.
const G1_WINDOWS: usize = 256_usize.div_ceil(G1_WINDOW_BITS);

// The top window has room for the carry of the one below.
const _: () = assert!(GT_WINDOWS * GT_WINDOW_BITS > 64);
const _: () = assert!(G1_WINDOWS * G1_WINDOW_BITS > 255);

/// A signed digit: magnitude and sign.
#[derive(Clone, Copy)]
struct SignedDigit {
    magnitude: u8,
    negative: Choice,
}

/// Splits little-endian `limbs` into signed digits of `bits` bits, without a branch on them.
fn recode<const N: usize>(limbs: &[u64], bits: usize) -> [SignedDigit; N] {
    let half = 1_u8 << (bits - 1);
    let full = 1_u8 << bits;
    let mut carry = 0_u8;
    core::array::from_fn(|window| {
        let digit = window_bits(limbs, window * bits, bits) + carry;
        let negative = digit.ct_gt(&half);
        carry = negative.unwrap_u8();
        let magnitude =
            subtle::ConditionallySelectable::conditional_select(&digit, &full.wrapping_sub(digit), negative);
        SignedDigit { magnitude, negative }
    })
}

/// `bits` bits of little-endian `limbs` from position `start`, which is public.
fn window_bits(limbs: &[u64], start: usize, bits: usize) -> u8 {
    let limb = |index: usize| u128::from(limbs.get(index).copied().unwrap_or(0));
    let pair = limb(start / 64) | (limb(start / 64 + 1) << 64);
    ((pair >> (start % 64)) as u8) & ((1_u8 << bits) - 1)
}

/// Table of a fixed base in the target group.
#[derive(Clone)]
pub struct GtTable {
    windows: Vec<Vec<[u64; GT_WORDS]>>,
}

impl core::fmt::Debug for GtTable {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("GtTable(…)")
    }
}

impl GtTable {
    /// The table of E = e(g1, g2), computed once.
    #[must_use]
    pub fn generator() -> &'static Self {
        static TABLE: OnceLock<GtTable> = OnceLock::new();
        TABLE.get_or_init(|| Self::new(&Gt::generator()))
    }

    /// Computes the table: some 350 multiplications, 200 KB.
    #[must_use]
    pub fn new(base: &Gt) -> Self {
        let mut start = base.0;
        let windows = (0..GT_WINDOWS)
            .map(|_| {
                let window = multiples(start, 1 << (GT_WINDOW_BITS - 1), multiply);
                for _ in 0..GT_WINDOW_BITS {
                    start = square(&start);
                }
                window.iter().map(gt_to_words).collect()
            })
            .collect();
        Self { windows }
    }

    /// The base to the power of `scalar`, in constant time.
    #[must_use]
    pub fn pow(&self, scalar: &Scalar) -> Gt {
        let digits = digits(scalar);
        let mut result = Gt::one().0;
        for (n, digit) in digits.iter().enumerate() {
            let part = self.short_power(*digit);
            result = multiply(&result, &power_of_x(&part, n));
        }
        Gt(result)
    }

    fn short_power(&self, exponent: u64) -> blst_fp12 {
        let one = Gt::one().0;
        let one_words = gt_to_words(&one);
        let signed: [SignedDigit; GT_WINDOWS] = recode(&[exponent], GT_WINDOW_BITS);
        let mut power = None;
        for (window, digit) in self.windows.iter().zip(signed) {
            let mut words = select(window, &one_words, digit.magnitude);
            let inverse = Gt(gt_from_words(&words)).inverse();
            assign_if(&mut words, &gt_to_words(&inverse.0), digit.negative);
            let entry = gt_from_words(&words);
            power = Some(match power {
                None => entry,
                Some(power) => multiply(&power, &entry),
            });
        }
        power.unwrap_or(one)
    }
}

/// `start, start², …, start^count` in the multiplicative notation of `combine`.
fn multiples<T: Copy>(start: T, count: usize, combine: impl Fn(&T, &T) -> T) -> Vec<T> {
    core::iter::successors(Some(start), |last| Some(combine(last, &start))).take(count).collect()
}

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

    /// Computes the table: some 800 additions, 78 KB.
    #[must_use]
    pub fn new(base: &G1) -> Self {
        let mut start = *base;
        let mut points = Vec::with_capacity(G1_WINDOWS << (G1_WINDOW_BITS - 1));
        for _ in 0..G1_WINDOWS {
            points.extend(multiples(start, 1 << (G1_WINDOW_BITS - 1), |a, b| *a + *b));
            for _ in 0..G1_WINDOW_BITS {
                start += start;
            }
        }
        let words: Vec<[u64; G1_WORDS]> =
            G1::to_affine_batch(&points).iter().map(|point| g1_to_words(point.as_ref())).collect();
        let windows = words.chunks(1 << (G1_WINDOW_BITS - 1)).map(<[_]>::to_vec).collect();
        Self { windows }
    }

    /// The base times `scalar`, in constant time.
    #[must_use]
    pub fn mul(&self, scalar: &Scalar) -> G1 {
        let mut limbs = Zeroizing::new([0_u64; 4]);
        let bytes = Zeroizing::new(scalar.to_bytes_le());
        for (limb, chunk) in limbs.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *limb = u64::from_le_bytes(*chunk);
        }
        let signed: [SignedDigit; G1_WINDOWS] = recode(&*limbs, G1_WINDOW_BITS);
        let mut sum = blst_p1::default();
        for (window, digit) in self.windows.iter().zip(signed) {
            // All-zero coordinates are blst's point at infinity.
            let entry = select(window, &[0; G1_WORDS], digit.magnitude);
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
