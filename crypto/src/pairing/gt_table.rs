//! Powers of an element of the target group that is used again and again: no squarings, only products of table entries.
//!
//! A member g of the group, other than 1, is `(h + w)/(h − w)` for one h in Fp6 (Rubin–Silverberg, torus T2), `h = (1 + g0)/g1`. Entries are
//! kept as h, half as long to read, and numerators are multiplied: two entries with one product in Fp6, where a product of members takes
//! three. −h stands for 1/g. One division at the end gives the power.
//!
//! The table covers 64 bits: the four base-|x| digits of a scalar share it, and three Frobenius maps put them together.

use std::sync::OnceLock;

use blst::{blst_fp6, blst_fp12};

use super::gt::{conjugate, invert, multiply, square};
use super::gt_digits::{digits, power_of_x};
use super::recode::{SignedDigit, recode};
use super::select::{FP6_WORDS, MAX_ENTRIES, fp6_from_words, fp6_to_words, select};
use super::{Fp12, Gt, Scalar, fp6};

/// Bits of a window.
const WINDOW_BITS: usize = 6;
/// Powers in a window's table, behind the neutral element.
const WINDOW_POWERS: usize = 1 << (WINDOW_BITS - 1);
/// Windows that cover 64 bits and the carry.
const WINDOWS: usize = 64_usize.div_ceil(WINDOW_BITS);

// The top window has room for the carry of the one below.
const _: () = assert!(WINDOWS * WINDOW_BITS > 64);
const _: () = assert!(WINDOW_POWERS < MAX_ENTRIES);

/// Words of an entry: h, then all ones for `h + w` or zeros for the neutral element's `1`, and zeros up to a whole block.
const ENTRY_WORDS: usize = 40;
type EntryWords = [u64; ENTRY_WORDS];

/// Table of a fixed base in the target group.
#[derive(Clone)]
pub struct GtTable {
    windows: Vec<Vec<EntryWords>>,
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

    /// Computes the table: some 350 multiplications, 113 KB.
    #[must_use]
    pub fn new(base: &Gt) -> Self {
        let mut start = base.0;
        let mut powers = Vec::with_capacity(WINDOWS * WINDOW_POWERS);
        for _ in 0..WINDOWS {
            let multiples = core::iter::successors(Some(start), |last| Some(multiply(last, &start)));
            powers.extend(multiples.take(WINDOW_POWERS).map(Gt));
            for _ in 0..WINDOW_BITS {
                start = square(&start);
            }
        }
        let entries = Entry::of_members(&powers);
        let neutral = Entry::neutral().to_words();
        let window = |entries: &[Entry]| [neutral].into_iter().chain(entries.iter().map(Entry::to_words)).collect();
        Self { windows: entries.chunks(WINDOW_POWERS).map(window).collect() }
    }

    /// The base to the power of `scalar`, in constant time.
    #[must_use]
    pub fn pow(&self, scalar: &Scalar) -> Gt {
        let numerator = self.numerator(scalar);
        Gt(multiply(&numerator, &invert(&conjugate(&numerator))))
    }

    /// Whether the base to the power of `scalar` is `element`, in constant time and without the division.
    #[must_use]
    pub fn power_is(&self, scalar: &Scalar, element: &Fp12) -> bool {
        let numerator = self.numerator(scalar);
        Gt(multiply(&element.0, &conjugate(&numerator))) == Gt(numerator)
    }

    /// n with `power = n/conj(n)`.
    fn numerator(&self, scalar: &Scalar) -> blst_fp12 {
        let recoded: [[SignedDigit; WINDOWS]; 4] = digits(scalar).map(|digit| recode(&[digit], WINDOW_BITS));
        let mut numerators = [Gt::one().0; 4];
        // Window by window, because the four digits read the same entries.
        for (number, windows) in self.windows.chunks(2).enumerate() {
            for (numerator, digits) in numerators.iter_mut().zip(&recoded) {
                let mut entries = windows.iter().zip(digits.iter().skip(2 * number));
                let factor = match [entries.next(), entries.next()].map(|chosen| chosen.map(Entry::select)) {
                    [Some(first), Some(second)] => first.multiply(&second),
                    [Some(last), None] => last.numerator(),
                    [None, _] => Gt::one().0,
                };
                *numerator = if number == 0 { factor } else { multiply(numerator, &factor) };
            }
        }
        let [first, second, third, fourth] = numerators;
        [third, second, first].iter().fold(fourth, |sum, next| multiply(&power_of_x(&sum, 1), next))
    }
}

/// The numerator `h + w`, or 1.
struct Entry {
    h: blst_fp6,
    /// All ones, or zero for the neutral element, whose h is 1.
    flag: u64,
}

impl Entry {
    fn neutral() -> Self {
        Self { h: fp6::one(), flag: 0 }
    }

    /// `h = (1 + g0)/g1` of public members. Only 1 has `g1 = 0`: −1 is not in the group.
    fn of_members(members: &[Gt]) -> Vec<Self> {
        let denominator = |member: &Gt| if member.is_one() { fp6::one() } else { member.0.fp6[1] };
        let inverses = fp6::invert_all(&members.iter().map(denominator).collect::<Vec<_>>());
        let entry = |(member, inverse): (&Gt, &blst_fp6)| {
            if member.is_one() {
                return Self::neutral();
            }
            let [g0, _] = &member.0.fp6;
            Self { h: fp6::multiply(&fp6::add(&fp6::one(), g0), inverse), flag: u64::MAX }
        };
        members.iter().zip(&inverses).map(entry).collect()
    }

    fn numerator(&self) -> blst_fp12 {
        blst_fp12 { fp6: [self.h, fp6::keep_if(&fp6::one(), self.flag)] }
    }

    /// The entry of a window for a digit.
    fn select((window, digit): (&Vec<EntryWords>, &SignedDigit)) -> Self {
        let Self { h, flag } = Self::from_words(&select(window, digit.magnitude));
        Self { h: fp6::negate_if(&h, digit.negative.into()), flag }
    }

    /// `(h + w)·(k + w) = h·k + v + (h + k)·w`: one product in Fp6.
    fn multiply(&self, other: &Self) -> blst_fp12 {
        let (h, k) = (&self.h, &other.h);
        let v = fp6::keep_if(&fp6::multiply_by_v(&fp6::one()), self.flag & other.flag);
        let sum = fp6::add(&fp6::keep_if(h, other.flag), &fp6::keep_if(k, self.flag));
        blst_fp12 { fp6: [fp6::add(&fp6::multiply(h, k), &v), sum] }
    }

    fn to_words(&self) -> EntryWords {
        let mut words = [0; ENTRY_WORDS];
        let (h, rest) = words.split_at_mut(FP6_WORDS);
        h.copy_from_slice(&fp6_to_words(&self.h));
        if let Some(flag) = rest.first_mut() {
            *flag = self.flag;
        }
        words
    }

    fn from_words(words: &EntryWords) -> Self {
        let (h, rest) = words.split_at(FP6_WORDS);
        let h = h.first_chunk().map(fp6_from_words).unwrap_or_default();
        Self { h, flag: rest.first().copied().unwrap_or_default() }
    }
}
