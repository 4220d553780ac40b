//! The field between Fp2 and Fp12: Fp6 = Fp2[v]/(v³ − 1 − u), and Fp12 = Fp6[w]/(w² − v).
#![expect(unsafe_code, reason = "blst's functions take pointers")]

use core::mem::MaybeUninit;

use blst::{blst_fp2, blst_fp6, blst_fp12};

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
fn add_fp2(a: &blst_fp2, b: &blst_fp2) -> blst_fp2 {
    apply(blst::blst_fp2_add, a, b)
}

#[inline]
fn multiply_fp2(a: &blst_fp2, b: &blst_fp2) -> blst_fp2 {
    apply(blst::blst_fp2_mul, a, b)
}

/// `(a + b)·(c + d) − p − q`, which is `ad + bc` for `p = ac, q = bd`.
#[inline]
fn cross(sums: [&blst_fp2; 4], p: &blst_fp2, q: &blst_fp2) -> blst_fp2 {
    let [a, b, c, d] = sums;
    let product = multiply_fp2(&add_fp2(a, b), &add_fp2(c, d));
    apply(blst::blst_fp2_sub, &apply(blst::blst_fp2_sub, &product, p), q)
}

/// `a·(1 + u)`.
#[inline]
fn multiply_fp2_by_nonresidue(a: &blst_fp2) -> blst_fp2 {
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

pub(super) fn one() -> blst_fp6 {
    // SAFETY: the function returns a pointer to a constant that lives as long as the program.
    let [one, _] = unsafe { (*blst::blst_fp12_one()).fp6 };
    one
}

#[inline]
pub(super) fn add(a: &blst_fp6, b: &blst_fp6) -> blst_fp6 {
    let ([a0, a1, a2], [b0, b1, b2]) = (&a.fp2, &b.fp2);
    blst_fp6 { fp2: [add_fp2(a0, b0), add_fp2(a1, b1), add_fp2(a2, b2)] }
}

/// Karatsuba's six products.
pub(super) fn multiply(a: &blst_fp6, b: &blst_fp6) -> blst_fp6 {
    let ([a0, a1, a2], [b0, b1, b2]) = (&a.fp2, &b.fp2);
    let (p0, p1, p2) = (multiply_fp2(a0, b0), multiply_fp2(a1, b1), multiply_fp2(a2, b2));
    let high = multiply_fp2_by_nonresidue(&cross([a1, a2, b1, b2], &p1, &p2));
    let middle = cross([a0, a1, b0, b1], &p0, &p1);
    let low = cross([a0, a2, b0, b2], &p0, &p2);
    let fp2 = [add_fp2(&p0, &high), add_fp2(&middle, &multiply_fp2_by_nonresidue(&p2)), add_fp2(&low, &p1)];
    blst_fp6 { fp2 }
}

/// `a·v`.
#[inline]
pub(super) fn multiply_by_v(a: &blst_fp6) -> blst_fp6 {
    let [a0, a1, a2] = &a.fp2;
    blst_fp6 { fp2: [multiply_fp2_by_nonresidue(a2), *a0, *a1] }
}

/// `−a` where `negative`, in constant time.
pub(super) fn negate_if(a: &blst_fp6, negative: bool) -> blst_fp6 {
    let mut result = blst_fp6::default();
    for (target, source) in result.fp2.iter_mut().zip(&a.fp2) {
        // SAFETY: both pointers are to valid field elements that do not overlap.
        unsafe { blst::blst_fp2_cneg(target, source, negative) };
    }
    result
}

/// `a`, or zero where `mask` is zero instead of all ones.
pub(super) fn keep_if(a: &blst_fp6, mask: u64) -> blst_fp6 {
    let mut result = *a;
    for word in result.fp2.iter_mut().flat_map(|fp2| &mut fp2.fp).flat_map(|fp| &mut fp.l) {
        *word &= mask;
    }
    result
}

/// The inverses of elements none of which is zero, with one inversion.
pub(super) fn invert_all(elements: &[blst_fp6]) -> Vec<blst_fp6> {
    let mut products = Vec::with_capacity(elements.len());
    let mut product = one();
    for element in elements {
        products.push(product);
        product = multiply(&product, element);
    }
    let mut inverse = invert(&product);
    let mut inverses = Vec::with_capacity(elements.len());
    for (element, product) in elements.iter().zip(&products).rev() {
        inverses.push(multiply(&inverse, product));
        inverse = multiply(&inverse, element);
    }
    inverses.reverse();
    inverses
}

fn invert(element: &blst_fp6) -> blst_fp6 {
    let whole = blst_fp12 { fp6: [*element, blst_fp6::default()] };
    let mut inverse = blst_fp12::default();
    // SAFETY: both pointers are to valid field elements that do not overlap.
    unsafe { blst::blst_fp12_inverse(&raw mut inverse, &raw const whole) };
    let [inverse, _] = inverse.fp6;
    inverse
}
