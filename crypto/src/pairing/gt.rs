//! The target group: elements of order r in Fp12.
#![expect(unsafe_code, reason = "blst's functions take pointers")]

use core::fmt;
use core::mem::MaybeUninit;
use core::ops::Mul;

use blst::{blst_fp, blst_fp12};

use super::select::{GT_WORDS, gt_to_words};
use crate::encoding::{DecodeError, Decoder};

/// A field element of which only the encoding was checked. It is good for one thing: to be multiplied into an equation whose
/// other side is in the group, which then proves that it was too.
#[derive(Clone, Copy)]
pub struct Fp12(pub(super) blst_fp12);

/// An element of the target group. Every way to get one keeps it inside the subgroup of order r, on which
/// [`Gt::pow`] relies.
#[derive(Clone, Copy)]
pub struct Gt(pub(super) blst_fp12);

impl Fp12 {
    /// Length of the encoding.
    pub const LEN: usize = 576;

    /// Twelve coefficients of 48 big-endian bytes, in blst's order.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        // SAFETY: `bytes` is 576 bytes long, which is what the function writes.
        unsafe { blst::blst_bendian_from_fp12(bytes.as_mut_ptr(), &raw const self.0) };
        bytes
    }

    /// Reads [`Fp12::to_bytes`]: every coefficient below the field's modulus, and not zero.
    ///
    /// # Errors
    /// When the encoding is not canonical.
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Result<Self, DecodeError> {
        let mut element = Self(blst_fp12::default());
        let (chunks, _) = bytes.as_chunks::<48>();
        let order = (0..3).flat_map(|i| (0..2).flat_map(move |j| (0..2).map(move |k| (j, i, k))));
        for (chunk, (j, i, k)) in chunks.iter().zip(order) {
            if let Some(slot) = coefficient(&mut element.0, j, i, k) {
                // SAFETY: `chunk` is 48 bytes long, which is what the function reads.
                unsafe { blst::blst_fp_from_bendian(slot, chunk.as_ptr()) };
            }
        }
        let what = "target group element";
        if element.to_bytes() == *bytes && bytes.iter().any(|byte| *byte != 0) {
            Ok(element)
        } else {
            Err(DecodeError::InvalidElement { what })
        }
    }
}

fn coefficient(element: &mut blst_fp12, j: usize, i: usize, k: usize) -> Option<&mut blst_fp> {
    element.fp6.get_mut(j)?.fp2.get_mut(i)?.fp.get_mut(k)
}

impl Gt {
    /// Length of the encoding.
    pub const LEN: usize = Fp12::LEN;

    /// The neutral element.
    #[must_use]
    pub fn one() -> Self {
        // SAFETY: the function returns a pointer to a constant that lives as long as the program.
        Self(unsafe { *blst::blst_fp12_one() })
    }

    /// Whether this is the neutral element.
    #[must_use]
    pub fn is_one(&self) -> bool {
        // SAFETY: the argument is a valid field element.
        unsafe { blst::blst_fp12_is_one(&raw const self.0) }
    }

    /// The inverse, which in this group is the conjugate.
    #[must_use]
    pub fn inverse(self) -> Self {
        Self(conjugate(&self.0))
    }

    /// The encoding of [`Fp12`].
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        Fp12(self.0).to_bytes()
    }
}

/// The neutral element, to which [`zeroize::Zeroize`] sets an element that is secret.
impl Default for Gt {
    fn default() -> Self {
        Self::one()
    }
}

impl zeroize::DefaultIsZeroes for Gt {}

/// No element that [`Fp12::from_bytes`] reads.
impl Default for Fp12 {
    fn default() -> Self {
        Self(blst_fp12::default())
    }
}

impl zeroize::DefaultIsZeroes for Fp12 {}

impl From<Gt> for Fp12 {
    fn from(element: Gt) -> Self {
        Self(element.0)
    }
}

impl Mul<&Gt> for &Fp12 {
    type Output = Fp12;
    fn mul(self, factor: &Gt) -> Fp12 {
        Fp12(multiply(&self.0, &factor.0))
    }
}

#[inline]
pub(super) fn multiply(a: &blst_fp12, b: &blst_fp12) -> blst_fp12 {
    let mut product = MaybeUninit::uninit();
    // SAFETY: both inputs are valid field elements, the output overlaps neither and is written whole.
    unsafe {
        blst::blst_fp12_mul(product.as_mut_ptr(), a, b);
        product.assume_init()
    }
}

#[inline]
pub(super) fn square(element: &blst_fp12) -> blst_fp12 {
    let mut result = MaybeUninit::uninit();
    // SAFETY: the input is a valid field element, cyclotomic at every call; the output does not overlap it and is written whole.
    unsafe {
        blst::blst_fp12_cyclotomic_sqr(result.as_mut_ptr(), element);
        result.assume_init()
    }
}

pub(super) fn conjugate(element: &blst_fp12) -> blst_fp12 {
    let mut result = *element;
    // SAFETY: the pointer is to a valid field element.
    unsafe { blst::blst_fp12_conjugate(&raw mut result) };
    result
}

pub(super) fn invert(element: &blst_fp12) -> blst_fp12 {
    let mut inverse = blst_fp12::default();
    // SAFETY: both pointers are to valid field elements that do not overlap.
    unsafe { blst::blst_fp12_inverse(&raw mut inverse, element) };
    inverse
}

/// Whether the element is not zero and `a^{p⁴ − p² + 1} = 1`.
pub(super) fn is_cyclotomic(element: &blst_fp12) -> bool {
    let (mut power_p2, mut power_p4) = (blst_fp12::default(), blst_fp12::default());
    // SAFETY: all pointers are to valid field elements that do not overlap.
    unsafe {
        blst::blst_fp12_frobenius_map(&raw mut power_p2, element, 2);
        blst::blst_fp12_frobenius_map(&raw mut power_p4, &raw const power_p2, 2);
    }
    gt_to_words(element) != [0; GT_WORDS] && Gt(multiply(&power_p4, element)) == Gt(power_p2)
}

impl Mul for Gt {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self(multiply(&self.0, &other.0))
    }
}

impl core::iter::Product for Gt {
    fn product<I: Iterator<Item = Self>>(elements: I) -> Self {
        elements.reduce(|product, element| product * element).unwrap_or_else(Self::one)
    }
}

/// In constant time.
impl PartialEq for Gt {
    fn eq(&self, other: &Self) -> bool {
        // SAFETY: both arguments are valid field elements.
        unsafe { blst::blst_fp12_is_equal(&raw const self.0, &raw const other.0) }
    }
}

impl Eq for Gt {}

/// Target group elements are often secrets, so nothing of them is printed.
impl fmt::Debug for Gt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gt(…)")
    }
}

impl fmt::Debug for Fp12 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fp12(…)")
    }
}

impl Decoder<'_> {
    /// A checked element of the target group.
    pub(crate) fn gt(&mut self, what: &'static str) -> Result<Gt, DecodeError> {
        Gt::from_bytes(&self.array(what)?).map_err(|_| DecodeError::InvalidElement { what })
    }
}
