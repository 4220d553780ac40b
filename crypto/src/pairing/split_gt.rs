//! A member of the target group with its 2^32nd power: what shows that it is a member serves to take its powers.
//!
//! The Frobenius map of the group is the power `p ≡ x (mod r)`, x = −0xd201000000010000, so `a^{|x|} = conj(φ(a))`. That
//! equation proves membership of an element of the cyclotomic subgroup (Scott 2021, eprint 2021/1130), and its left side takes
//! a chain of squarings through `a^{2^32}`. It also splits a scalar into four digits below 2^64 in base |x| (Galbraith–Scott 2008),
//! each of which is split into halves here: a power is a joint power of `a^{±1}` and seven others with 32 squarings and 64
//! multiplications, by entries of a table of 8 and of its image under φ².

use blst::blst_fp12;
use subtle::Choice;

use super::gt::{conjugate, is_cyclotomic, multiply, square};
use super::gt_digits::{digits, power_of_x};
use super::recode::{AlignedColumn, align, make_odd};
use super::select::{GT_WORDS, assign_if, gt_from_words, gt_to_words, select};
use super::{Fp12, Gt, Scalar, fp6};
use crate::encoding::{DecodeError, Decoder};

/// Bits of half a digit.
const HALF_BITS: usize = 32;
/// Columns of the joint power: one more for the carry of [`align`].
const COLUMNS: usize = HALF_BITS + 1;

/// `a` and `a^{2^32}`.
#[derive(Clone, Copy)]
pub struct SplitGt {
    element: Gt,
    upper: Gt,
}

impl SplitGt {
    /// Of an element that is a member already.
    #[must_use]
    pub fn new(element: Gt) -> Self {
        let upper = (0..HALF_BITS).fold(element.0, |power, _| square(&power));
        Self { element, upper: Gt(upper) }
    }

    /// Of a field element, if it is in the group.
    #[must_use]
    pub(super) fn from_member(candidate: &Fp12) -> Option<Self> {
        let candidate = candidate.0;
        if !is_cyclotomic(&candidate) {
            return None;
        }
        let raise = |element: &blst_fp12, bits: usize| (0..bits).fold(*element, |power, _| square(&power));
        // |x| = 2^16 + 2^48 + 2^57 + 2^60 + 2^62 + 2^63, and 32 is on the way.
        let first = raise(&candidate, 16);
        let upper = raise(&first, 16);
        let steps = [16, 9, 3, 2, 1];
        let mut last = upper;
        let power = steps.iter().fold(first, |power, step| {
            last = raise(&last, *step);
            multiply(&power, &last)
        });
        (Gt(power) == Gt(power_of_x(&candidate, 1))).then_some(Self { element: Gt(candidate), upper: Gt(upper) })
    }

    /// Reads an element as [`Gt::from_bytes`] does.
    ///
    /// # Errors
    /// When the encoding is not canonical, the element is not in the group, or is the neutral one.
    pub fn from_bytes(bytes: &[u8; Gt::LEN]) -> Result<Self, DecodeError> {
        Self::from_member(&Fp12::from_bytes(bytes)?)
            .filter(|split| !split.element.is_one())
            .ok_or(DecodeError::InvalidElement { what: "target group element" })
    }

    /// The element.
    #[must_use]
    pub fn element(&self) -> Gt {
        self.element
    }

    /// The element to the power of `scalar`, in constant time.
    #[must_use]
    pub fn pow(&self, scalar: &Scalar) -> Gt {
        let digits = digits(scalar);
        let [d0, d1, d2, d3] = *digits;
        let table = self.table();
        let image: Vec<blst_fp12> = table.iter().map(|entry| power_of_x(entry, 2)).collect();
        let terms = [Term::new(&table, d0, d1), Term::new(&image, d2, d3)];
        let highest = terms.iter().map(|term| Gt(term.entry(HALF_BITS))).product::<Gt>();
        let mut power = highest.0;
        for column in (0..HALF_BITS).rev() {
            power = square(&power);
            for term in &terms {
                power = multiply(&power, &term.entry(column));
            }
        }
        Gt(terms.iter().fold(power, |power, term| multiply(&power, &term.correction())))
    }

    /// `a` times every subset of `a^{2^32}, a^{|x|}, a^{|x|·2^32}`; bit i of the index stands for the i-th of them.
    fn table(&self) -> Vec<blst_fp12> {
        let (element, upper) = (&self.element.0, &self.upper.0);
        let mut table = vec![*element];
        for base in [*upper, power_of_x(element, 1), power_of_x(upper, 1)] {
            let with_base: Vec<blst_fp12> = table.iter().map(|entry| multiply(entry, &base)).collect();
            table.extend(with_base);
        }
        table
    }
}

/// Two digits of the scalar with the table of their bases.
struct Term {
    table: Vec<[u64; GT_WORDS]>,
    columns: [AlignedColumn; COLUMNS],
    /// What undoes the 1 that made the first half odd.
    undo: [u64; GT_WORDS],
    was_even: Choice,
}

impl Term {
    fn new(table: &[blst_fp12], first: u64, second: u64) -> Self {
        let table: Vec<[u64; GT_WORDS]> = table.iter().map(gt_to_words).collect();
        let low = |digit: u64| digit & u64::from(u32::MAX);
        let high = |digit: u64| digit >> HALF_BITS;
        let mut lead = low(first);
        let was_even = make_odd(&mut lead);
        let columns = align(lead, [high(first), low(second), high(second)]);
        let undo = table.first().map(|base| gt_to_words(&conjugate(&gt_from_words(base))));
        Self { table, columns, undo: undo.unwrap_or([0; GT_WORDS]), was_even }
    }

    fn entry(&self, column: usize) -> blst_fp12 {
        let Some(AlignedColumn { others, negative }) = self.columns.get(column).copied() else {
            return Gt::one().0;
        };
        let mut entry = gt_from_words(&select(&self.table, others));
        let [_, imaginary] = &mut entry.fp6;
        *imaginary = fp6::negate_if(imaginary, negative.into());
        entry
    }

    fn correction(&self) -> blst_fp12 {
        let mut words = gt_to_words(&Gt::one().0);
        assign_if(&mut words, &self.undo, self.was_even);
        gt_from_words(&words)
    }
}

impl Fp12 {
    /// The element as one of the group, if it is.
    #[must_use]
    pub fn check_membership(self) -> Option<Gt> {
        SplitGt::from_member(&self).map(|split| split.element())
    }
}

impl Gt {
    /// This element to the power of `scalar`, in constant time.
    #[must_use]
    pub fn pow(&self, scalar: &Scalar) -> Self {
        SplitGt::new(*self).pow(scalar)
    }

    /// Reads an element: canonical, in the subgroup of order r, not the neutral element.
    ///
    /// # Errors
    /// When any of that does not hold.
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Result<Self, DecodeError> {
        SplitGt::from_bytes(bytes).map(|split| split.element())
    }
}

impl core::fmt::Debug for SplitGt {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.element.fmt(f)
    }
}

impl Decoder<'_> {
    /// A checked element of the target group whose powers will be taken.
    pub(crate) fn split_gt(&mut self, what: &'static str) -> Result<SplitGt, DecodeError> {
        SplitGt::from_bytes(&self.array(what)?).map_err(|_| DecodeError::InvalidElement { what })
    }
}
