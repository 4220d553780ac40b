//! Constant-time table look-up: every entry is read, a mask keeps one.

use blst::{blst_fp12, blst_p1_affine};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

/// A value that is a fixed number of machine words.
pub(super) trait Words: Copy {
    /// Keeps `self` where `choice` is 0 and takes `other` where it is 1.
    fn assign_if(&mut self, other: &Self, choice: Choice);
}

fn assign_words(target: &mut [u64; 6], source: &[u64; 6], mask: u64) {
    for (word, other) in target.iter_mut().zip(source) {
        *word ^= (*word ^ *other) & mask;
    }
}

/// All ones or all zeros; `black_box` keeps the compiler from turning the mask into a branch.
fn mask(choice: Choice) -> u64 {
    core::hint::black_box(u64::conditional_select(&0, &u64::MAX, choice))
}

impl Words for blst_fp12 {
    fn assign_if(&mut self, other: &Self, choice: Choice) {
        let mask = mask(choice);
        for (fp6, other6) in self.fp6.iter_mut().zip(&other.fp6) {
            for (fp2, other2) in fp6.fp2.iter_mut().zip(&other6.fp2) {
                for (fp, other_fp) in fp2.fp.iter_mut().zip(&other2.fp) {
                    assign_words(&mut fp.l, &other_fp.l, mask);
                }
            }
        }
    }
}

impl Words for blst_p1_affine {
    fn assign_if(&mut self, other: &Self, choice: Choice) {
        let mask = mask(choice);
        assign_words(&mut self.x.l, &other.x.l, mask);
        assign_words(&mut self.y.l, &other.y.l, mask);
    }
}

/// The entry numbered `index` (from 1) of `table`, or `zero` for index 0.
pub(super) fn select<T: Words>(table: &[T], zero: T, index: u8) -> T {
    let mut chosen = zero;
    for (number, entry) in (1_u8..).zip(table) {
        chosen.assign_if(entry, number.ct_eq(&index));
    }
    chosen
}
