//! Constant-time table look-up: every entry is read, a mask keeps one.
//!
//! Tables hold plain machine words. A look-up goes through them in blocks of a cache line, so that the block that is being collected
//! stays in registers while all entries pass by.
#![expect(unsafe_code, reason = "blst's structures are seen as the words that they consist of")]

use blst::{blst_fp6, blst_fp12, blst_p1_affine};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

/// Words of a block: one cache line.
const BLOCK: usize = 8;
/// Entries of the longest table.
pub(super) const MAX_ENTRIES: usize = 33;
/// Words of a target group element: twelve coefficients of six.
pub(super) const GT_WORDS: usize = 72;
/// Words of an element of Fp6: six coefficients of six.
pub(super) const FP6_WORDS: usize = 36;
/// Words of an affine point of G1, and zeros up to a whole block.
pub(super) const G1_WORDS: usize = 16;

/// All ones or all zeros; `black_box` keeps the compiler from turning the mask into a branch.
pub(super) fn mask(choice: Choice) -> u64 {
    core::hint::black_box(u64::conditional_select(&0, &u64::MAX, choice))
}

/// The entry of `table` at `index`, which is secret.
pub(super) fn select<const N: usize>(table: &[[u64; N]], index: u8) -> [u64; N] {
    let mut masks = [0; MAX_ENTRIES];
    for ((number, _), slot) in (0_u8..).zip(table).zip(&mut masks) {
        *slot = mask(number.ct_eq(&index));
    }
    let mut chosen = [0; N];
    let (blocks, _) = chosen.as_chunks_mut::<BLOCK>();
    for (number, block) in blocks.iter_mut().enumerate() {
        for (entry, mask) in table.iter().zip(&masks) {
            collect(block, entry, number, *mask);
        }
    }
    chosen
}

/// Adds block `number` of `entry` where `mask` is all ones.
#[inline]
fn collect<const N: usize>(block: &mut [u64; BLOCK], entry: &[u64; N], number: usize, mask: u64) {
    if let Some(source) = entry.as_chunks::<BLOCK>().0.get(number) {
        for (word, other) in block.iter_mut().zip(source) {
            *word |= *other & mask;
        }
    }
}

/// Takes `other` where `choice` is 1.
pub(super) fn assign_if<const N: usize>(target: &mut [u64; N], other: &[u64; N], choice: Choice) {
    let mask = mask(choice);
    for (word, other) in target.iter_mut().zip(other) {
        *word ^= (*word ^ *other) & mask;
    }
}

#[inline]
pub(super) fn gt_to_words(element: &blst_fp12) -> [u64; GT_WORDS] {
    // SAFETY: the structure is C's, of arrays of words and nothing else; the lengths are compared by the compiler.
    unsafe { core::mem::transmute(*element) }
}

#[inline]
pub(super) fn gt_from_words(words: &[u64; GT_WORDS]) -> blst_fp12 {
    // SAFETY: as above, and every word is a valid value.
    unsafe { core::mem::transmute(*words) }
}

#[inline]
pub(super) fn fp6_to_words(element: &blst_fp6) -> [u64; FP6_WORDS] {
    // SAFETY: as above.
    unsafe { core::mem::transmute(*element) }
}

#[inline]
pub(super) fn fp6_from_words(words: &[u64; FP6_WORDS]) -> blst_fp6 {
    // SAFETY: as above.
    unsafe { core::mem::transmute(*words) }
}

pub(super) fn g1_to_words(point: &blst_p1_affine) -> [u64; G1_WORDS] {
    let mut words = [0; G1_WORDS];
    let coordinates = [point.x.l, point.y.l];
    for (target, source) in words.as_chunks_mut::<6>().0.iter_mut().zip(coordinates) {
        *target = source;
    }
    words
}

pub(super) fn g1_from_words(words: &[u64; G1_WORDS]) -> blst_p1_affine {
    let mut point = blst_p1_affine::default();
    if let [x, y] = words.as_chunks::<6>().0 {
        (point.x.l, point.y.l) = (*x, *y);
    }
    point
}
