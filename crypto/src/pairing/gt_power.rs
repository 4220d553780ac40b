//! Powers in the target group.
//!
//! The Frobenius map of this group is the power `p ≡ x (mod r)`, x = −0xd201000000010000, so `a^{|x|} = conj(φ(a))`.
//! A scalar in base |x| has four digits below 2^64, and one power becomes a joint power of `a, a^{|x|}, a^{|x|²}, a^{|x|³}`
//! with 64 squarings and 64 multiplications by entries of a table of 15 (Galbraith–Scott 2008).
#![expect(unsafe_code, reason = "blst's functions take pointers")]

use blst::blst_fp12;
use zeroize::Zeroizing;

use super::gt::multiply;
use super::select::{GT_WORDS, gt_from_words, gt_to_words, select};
use super::{Gt, Scalar};

/// |x|, the curve's parameter.
const X_ABS: u64 = 0xd201_0000_0001_0000;

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

/// Divides the big-endian `limbs` by |x| in place, bit by bit, and returns the remainder.
fn divide_by_x(limbs: &mut [u64; 4]) -> u64 {
    let mut remainder: u128 = 0;
    for limb in limbs.iter_mut() {
        let mut quotient = 0_u64;
        for bit in (0..64).rev() {
            remainder = (remainder << 1) | u128::from((*limb >> bit) & 1);
            let reduced = remainder.wrapping_sub(u128::from(X_ABS));
            // The top bit of the difference is its borrow: all ones keep the remainder, zeros take the difference.
            let keep = core::hint::black_box(0_u128.wrapping_sub(reduced >> 127));
            remainder = (remainder & keep) | (reduced & !keep);
            quotient = (quotient << 1) | ((!keep) as u64 & 1);
        }
        *limb = quotient;
    }
    remainder as u64
}

/// `a^{|x|^n}` for a member of the group.
pub(super) fn power_of_x(element: &blst_fp12, n: usize) -> blst_fp12 {
    if n == 0 {
        return *element;
    }
    let mut image = blst_fp12::default();
    // SAFETY: both pointers are to valid field elements that do not overlap; n is 1, 2 or 3 at every call.
    unsafe {
        blst::blst_fp12_frobenius_map(&raw mut image, element, n);
        if n % 2 == 1 {
            blst::blst_fp12_conjugate(&raw mut image);
        }
    }
    image
}

pub(super) fn square(element: &blst_fp12) -> blst_fp12 {
    let mut result = blst_fp12::default();
    // SAFETY: both pointers are to valid field elements that do not overlap; the argument is cyclotomic, being in the group.
    unsafe { blst::blst_fp12_cyclotomic_sqr(&raw mut result, element) };
    result
}

impl Gt {
    /// This element to the power of `scalar`, in constant time.
    #[must_use]
    pub fn pow(&self, scalar: &Scalar) -> Self {
        let digits = digits(scalar);
        let table: Vec<[u64; GT_WORDS]> = joint_table(&self.0).iter().map(gt_to_words).collect();
        let one = Self::one().0;
        let one_words = gt_to_words(&one);
        let mut power = one;
        for bit in (0..64).rev() {
            power = square(&power);
            let index = joint_bit(&digits, bit);
            power = multiply(&power, &gt_from_words(&select(&table, &one_words, index)));
        }
        Self(power)
    }
}

/// Products of every non-empty subset of `a, a^{|x|}, a^{|x|²}, a^{|x|³}`; subset i is entry i − 1.
fn joint_table(element: &blst_fp12) -> Vec<blst_fp12> {
    let mut table: Vec<blst_fp12> = Vec::with_capacity(15);
    for n in 0..4 {
        let image = power_of_x(element, n);
        let with_image: Vec<blst_fp12> = table.iter().map(|entry| multiply(entry, &image)).collect();
        table.push(image);
        table.extend(with_image);
    }
    table
}

fn joint_bit(digits: &Digits, bit: u32) -> u8 {
    digits.iter().rev().fold(0, |index, digit| (index << 1) | ((digit >> bit) & 1) as u8)
}
