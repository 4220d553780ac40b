//! Signed digits of secret exponents: computed without a branch or an index that depends on them.

use subtle::{Choice, ConditionallySelectable, ConstantTimeGreater};

/// A signed digit of a window: magnitude and sign.
#[derive(Clone, Copy)]
pub(super) struct SignedDigit {
    pub(super) magnitude: u8,
    pub(super) negative: Choice,
}

/// Splits little-endian `limbs` into digits of `bits` bits from −2^{bits−1} to 2^{bits−1}, so that half the table suffices.
pub(super) fn recode<const N: usize>(limbs: &[u64], bits: usize) -> [SignedDigit; N] {
    let half = 1_u8 << (bits - 1);
    let full = 1_u8 << bits;
    let mut carry = 0_u8;
    core::array::from_fn(|window| {
        let digit = window_bits(limbs, window * bits, bits) + carry;
        let negative = digit.ct_gt(&half);
        carry = negative.unwrap_u8();
        let magnitude = u8::conditional_select(&digit, &full.wrapping_sub(digit), negative);
        SignedDigit { magnitude, negative }
    })
}

/// `bits` bits of little-endian `limbs` from position `start`, which is public.
fn window_bits(limbs: &[u64], start: usize, bits: usize) -> u8 {
    let limb = |index: usize| u128::from(limbs.get(index).copied().unwrap_or(0));
    let pair = limb(start / 64) | (limb(start / 64 + 1) << 64);
    ((pair >> (start % 64)) as u8) & ((1_u8 << bits) - 1)
}

/// One column of four numbers whose digits have one sign: the first digit is ±1, the others are that or 0.
#[derive(Clone, Copy)]
pub(super) struct AlignedColumn {
    /// Which of the other three digits are not 0, the second number's in the lowest bit.
    pub(super) others: u8,
    pub(super) negative: Choice,
}

/// Recodes four numbers below 2^{N−1}, the first of them odd, to N columns, least significant first
/// (Faz-Hernández, Longa, Sánchez, CT-RSA 2014, algorithm 2).
pub(super) fn align<const N: usize>(lead: u64, mut others: [u64; 3]) -> [AlignedColumn; N] {
    core::array::from_fn(|column| {
        let positive = if column + 1 < N { (lead >> (column + 1)) & 1 } else { 1 };
        let mut set = 0;
        for (place, number) in others.iter_mut().enumerate() {
            let bit = *number & 1;
            set |= (bit as u8) << place;
            // A digit of −1 where the bit was 1 leaves a carry.
            *number = (*number >> 1) + (bit & (positive ^ 1));
        }
        AlignedColumn { others: set, negative: Choice::from((positive ^ 1) as u8) }
    })
}

/// Makes a number odd by adding 1 to it where it is even, and says whether it was.
pub(super) fn make_odd(number: &mut u64) -> Choice {
    let even = Choice::from((!*number & 1) as u8);
    *number |= 1;
    even
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn window_digits_make_up_the_number(limb: u64) {
            let digits: [SignedDigit; 11] = recode(&[limb], 6);
            let mut sum = 0_i128;
            for digit in digits.iter().rev() {
                let magnitude = i128::from(digit.magnitude);
                prop_assert!(magnitude <= 32);
                sum = sum * 64 + if digit.negative.into() { -magnitude } else { magnitude };
            }
            prop_assert_eq!(sum, i128::from(limb));
        }

        #[test]
        fn aligned_columns_make_up_the_four_numbers(numbers: [u32; 4]) {
            let [mut lead, second, third, fourth] = numbers.map(u64::from);
            let was_even: bool = make_odd(&mut lead).into();
            prop_assert_eq!(lead, u64::from(numbers[0]) + u64::from(was_even));
            let columns: [AlignedColumn; 33] = align(lead, [second, third, fourth]);
            let mut sums = [0_i64; 4];
            for column in columns.iter().rev() {
                let sign = if column.negative.into() { -1 } else { 1 };
                for (place, sum) in sums.iter_mut().enumerate() {
                    let set = place == 0 || (column.others >> (place - 1)) & 1 == 1;
                    *sum = *sum * 2 + if set { sign } else { 0 };
                }
            }
            prop_assert_eq!(sums.map(|sum| u64::try_from(sum).unwrap()), [lead, second, third, fourth]);
        }
    }
}
