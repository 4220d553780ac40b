//! Scalars in base |x|, and the Frobenius map that stands for the power |x|.
//!
//! The Frobenius map of the target group is the power `p ≡ x (mod r)`, x = −0xd201000000010000, so `a^{|x|} = conj(φ(a))`: four digits below
//! 2^64 turn one power into a joint power of four images (Galbraith–Scott 2008).
#![expect(unsafe_code, reason = "blst's functions take pointers")]

use blst::blst_fp12;
use subtle::{ConstantTimeGreater as _, ConstantTimeLess as _};
use zeroize::Zeroizing;

use super::Scalar;
use super::gt::conjugate;
use super::select::mask;

/// |x|, the curve's parameter.
const X_ABS: u64 = 0xd201_0000_0001_0000;

/// `⌊(2^128 − 1)/|x|⌋ − 2^64`.
const X_RECIPROCAL: u64 = (u128::MAX / X_ABS as u128 - (1 << 64)) as u64;

/// Digits of a scalar in base |x|, least significant first.
pub(super) type Digits = [u64; 4];

/// Writes `scalar` in base |x| without a division whose time depends on it. `r < x⁴`, so four digits suffice.
pub(super) fn digits(scalar: &Scalar) -> Zeroizing<Digits> {
    let mut quotient = Zeroizing::new([0_u64; 4]);
    let bytes = Zeroizing::new(scalar.to_bytes_be());
    for (limb, chunk) in quotient.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *limb = u64::from_be_bytes(*chunk);
    }
    let mut digits = Zeroizing::new([0; 4]);
    for digit in digits.iter_mut() {
        *digit = divide_by_x(&mut quotient);
    }
    digits
}

/// Divides the big-endian `limbs` by |x| in place and returns the remainder.
fn divide_by_x(limbs: &mut [u64; 4]) -> u64 {
    limbs.iter_mut().fold(0, |high, limb| {
        let (quotient, remainder) = divide_two_limbs(high, *limb);
        *limb = quotient;
        remainder
    })
}

/// Quotient and remainder of `high·2^64 + low` by |x|, for `high < |x|` (Möller, Granlund 2011, algorithm 4; |x| has its top bit set),
/// with masks where the algorithm branches.
fn divide_two_limbs(high: u64, low: u64) -> (u64, u64) {
    let whole = (u128::from(high) << 64) | u128::from(low);
    let estimate = (u128::from(X_RECIPROCAL) * u128::from(high)).wrapping_add(whole);
    let quotient = ((estimate >> 64) as u64).wrapping_add(1);
    let remainder = low.wrapping_sub(quotient.wrapping_mul(X_ABS));
    let too_large = mask(remainder.ct_gt(&(estimate as u64)));
    let (quotient, remainder) = (quotient.wrapping_add(too_large), remainder.wrapping_add(X_ABS & too_large));
    let too_small = mask(!remainder.ct_lt(&X_ABS));
    (quotient.wrapping_sub(too_small), remainder.wrapping_sub(X_ABS & too_small))
}

/// `a^{|x|^n}` for a member of the group; for any element of the field, the automorphism that does that in the group.
pub(super) fn power_of_x(element: &blst_fp12, n: usize) -> blst_fp12 {
    if n == 0 {
        return *element;
    }
    let mut image = blst_fp12::default();
    // SAFETY: both pointers are to valid field elements that do not overlap; n is 1, 2 or 3 at every call.
    unsafe { blst::blst_fp12_frobenius_map(&raw mut image, element, n) };
    if n % 2 == 1 { conjugate(&image) } else { image }
}
