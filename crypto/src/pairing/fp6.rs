//! The field between Fp2 and Fp12: Fp6 = Fp2[v]/(v³ − 1 − u), and Fp12 = Fp6[w]/(w² − v).
#![expect(unsafe_code, reason = "blst's functions take pointers")]

use blst::{blst_fp2, blst_fp6, blst_fp12};

use super::fp2;

/// `(a + b)·(c + d) − p − q`, which is `ad + bc` for `p = ac, q = bd`.
#[inline]
fn cross(sums: [&blst_fp2; 4], p: &blst_fp2, q: &blst_fp2) -> blst_fp2 {
    let [a, b, c, d] = sums;
    let product = fp2::multiply(&fp2::add(a, b), &fp2::add(c, d));
    fp2::subtract(&fp2::subtract(&product, p), q)
}

pub(super) fn one() -> blst_fp6 {
    blst_fp6 { fp2: [fp2::one(), blst_fp2::default(), blst_fp2::default()] }
}

#[inline]
pub(super) fn add(a: &blst_fp6, b: &blst_fp6) -> blst_fp6 {
    let ([a0, a1, a2], [b0, b1, b2]) = (&a.fp2, &b.fp2);
    blst_fp6 { fp2: [fp2::add(a0, b0), fp2::add(a1, b1), fp2::add(a2, b2)] }
}

/// Karatsuba's six products.
pub(super) fn multiply(a: &blst_fp6, b: &blst_fp6) -> blst_fp6 {
    let ([a0, a1, a2], [b0, b1, b2]) = (&a.fp2, &b.fp2);
    let (p0, p1, p2) = (fp2::multiply(a0, b0), fp2::multiply(a1, b1), fp2::multiply(a2, b2));
    let high = fp2::multiply_by_nonresidue(&cross([a1, a2, b1, b2], &p1, &p2));
    let middle = cross([a0, a1, b0, b1], &p0, &p1);
    let low = cross([a0, a2, b0, b2], &p0, &p2);
    let fp2 = [fp2::add(&p0, &high), fp2::add(&middle, &fp2::multiply_by_nonresidue(&p2)), fp2::add(&low, &p1)];
    blst_fp6 { fp2 }
}

/// `a·v`.
#[inline]
pub(super) fn multiply_by_v(a: &blst_fp6) -> blst_fp6 {
    let [a0, a1, a2] = &a.fp2;
    blst_fp6 { fp2: [fp2::multiply_by_nonresidue(a2), *a0, *a1] }
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

/// The inverses of elements none of which is zero.
pub(super) fn invert_all(elements: &[blst_fp6]) -> Vec<blst_fp6> {
    fp2::invert_all(elements, one(), multiply, invert)
}

fn invert(element: &blst_fp6) -> blst_fp6 {
    let whole = blst_fp12 { fp6: [*element, blst_fp6::default()] };
    let mut inverse = blst_fp12::default();
    // SAFETY: both pointers are to valid field elements that do not overlap.
    unsafe { blst::blst_fp12_inverse(&raw mut inverse, &raw const whole) };
    let [inverse, _] = inverse.fp6;
    inverse
}
