//! Fp2 = Fp[u]/(u² + 1), over which both G2 and Fp6 stand.
#![expect(unsafe_code, reason = "blst's functions take pointers")]

use core::mem::MaybeUninit;

use blst::{blst_fp, blst_fp2};

/// One of `blst`'s functions with two arguments.
type Binary = unsafe extern "C" fn(*mut blst_fp2, *const blst_fp2, *const blst_fp2);

#[inline(always)]
fn apply(function: Binary, a: &blst_fp2, b: &blst_fp2) -> blst_fp2 {
    let mut result = MaybeUninit::uninit();
    // SAFETY: both inputs are valid field elements, the output overlaps neither and is written whole.
    unsafe {
        function(result.as_mut_ptr(), a, b);
        result.assume_init()
    }
}

#[inline]
pub(super) fn add(a: &blst_fp2, b: &blst_fp2) -> blst_fp2 {
    apply(blst::blst_fp2_add, a, b)
}

#[inline]
pub(super) fn subtract(a: &blst_fp2, b: &blst_fp2) -> blst_fp2 {
    apply(blst::blst_fp2_sub, a, b)
}

#[inline]
pub(super) fn multiply(a: &blst_fp2, b: &blst_fp2) -> blst_fp2 {
    apply(blst::blst_fp2_mul, a, b)
}

pub(super) fn square(a: &blst_fp2) -> blst_fp2 {
    let mut result = blst_fp2::default();
    // SAFETY: both pointers are to valid field elements that do not overlap.
    unsafe { blst::blst_fp2_sqr(&raw mut result, a) };
    result
}

/// `a·(1 + u)`.
#[inline]
pub(super) fn multiply_by_nonresidue(a: &blst_fp2) -> blst_fp2 {
    let [real, imaginary] = &a.fp;
    let mut result = blst_fp2::default();
    let [difference, sum] = &mut result.fp;
    // SAFETY: all pointers are to valid field elements, and no output overlaps an input.
    unsafe {
        blst::blst_fp_sub(difference, real, imaginary);
        blst::blst_fp_add(sum, real, imaginary);
    }
    result
}

/// `a` times an element of Fp.
#[inline]
pub(super) fn scale(a: &blst_fp2, factor: &blst_fp) -> blst_fp2 {
    let mut result = blst_fp2::default();
    for (target, source) in result.fp.iter_mut().zip(&a.fp) {
        // SAFETY: all pointers are to valid field elements, and the output overlaps no input.
        unsafe { blst::blst_fp_mul(target, source, factor) };
    }
    result
}

pub(super) fn invert(a: &blst_fp2) -> blst_fp2 {
    let mut result = blst_fp2::default();
    // SAFETY: both pointers are to valid field elements that do not overlap.
    unsafe { blst::blst_fp2_inverse(&raw mut result, a) };
    result
}

pub(super) fn one() -> blst_fp2 {
    // SAFETY: the function returns a pointer to a constant that lives as long as the program.
    let [low, _] = unsafe { (*blst::blst_fp12_one()).fp6 };
    let [one, ..] = low.fp2;
    one
}

/// The inverses of elements none of which is zero, with one inversion, where `one`, `multiply` and `invert` are the field's (Montgomery).
pub(super) fn invert_all<T: Copy>(
    elements: &[T],
    one: T,
    multiply: impl Fn(&T, &T) -> T,
    invert: impl Fn(&T) -> T,
) -> Vec<T> {
    let mut products = Vec::with_capacity(elements.len());
    let mut product = one;
    for element in elements {
        products.push(product);
        product = multiply(&product, element);
    }
    let mut inverse = invert(&product);
    for (element, product) in elements.iter().zip(&mut products).rev() {
        *product = multiply(&inverse, product);
        inverse = multiply(&inverse, element);
    }
    products
}
