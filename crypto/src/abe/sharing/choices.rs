//! Which parts are joined, where there are more than are needed: so that a few wrong ones, wherever they are, leave a choice without them.

use std::collections::BTreeSet;

use rand_core::{CryptoRng, RngCore};

/// Most choices that are tried: all there are of six parts among twelve, and the pairs among 44.
pub const MAX_WAYS: usize = 1024;

/// Choices of `needed` parts among those of these shares, by their places; of one share only one is in a choice.
///
/// Where there are no more than [`MAX_WAYS`], all of them. Else as many: first any, then without each part in turn, then without each two, and so on,
/// and who is in of the others is drawn. So one wrong part among any number, and two among 44, spoil not all of them; of f wrong ones each choice is
/// free by a chance of C(n − f, k)/C(n, k). What is drawn nobody knows before who made a part.
pub(super) fn choices(shares: &[u8], needed: usize, rng: &mut (impl CryptoRng + RngCore)) -> Vec<Vec<usize>> {
    let Some(most) = shares.len().checked_sub(needed) else { return Vec::new() };
    let fewest = if are_few(shares.len(), most) { most } else { 0 };
    let left_out = (fewest..=most).flat_map(|size| subsets(shares.len(), size)).take(MAX_WAYS);
    left_out.filter_map(|left_out| chosen(shares, needed, &left_out, rng)).collect()
}

/// As many of the parts that are not left out.
fn chosen(
    shares: &[u8],
    needed: usize,
    left_out: &[usize],
    rng: &mut (impl CryptoRng + RngCore),
) -> Option<Vec<usize>> {
    let mut rest: Vec<(usize, u8)> = shares.iter().copied().enumerate().collect();
    rest.retain(|(place, _)| !left_out.contains(place));
    rest.sort_by_cached_key(|_| rng.next_u64());
    let mut seen = BTreeSet::new();
    rest.retain(|(_, share)| seen.insert(*share));
    let chosen: Vec<usize> = rest.into_iter().map(|(place, _)| place).take(needed).collect();
    (chosen.len() == needed).then_some(chosen)
}

/// Whether there are at most [`MAX_WAYS`] subsets of this size.
fn are_few(all: usize, size: usize) -> bool {
    let mut count = 1;
    // C(n, i + 1) = C(n, i)·(n − i)/(i + 1), up to the middle.
    for taken in 0..size.min(all - size) {
        count = count * (all - taken) / (taken + 1);
        if count > MAX_WAYS {
            return false;
        }
    }
    true
}

/// The subsets of this size of the first `all` numbers, ascending.
fn subsets(all: usize, size: usize) -> impl Iterator<Item = Vec<usize>> {
    std::iter::successors(Some((0..size).collect::<Vec<_>>()), move |before| {
        let mut next = before.clone();
        // The last that has room behind it moves on, and those behind it follow.
        let moves = (0..size).rev().find(|at| next.get(*at).is_some_and(|place| place + size < all + at))?;
        let from = next.get(moves).map_or(0, |place| place + 1);
        for (place, follows) in next.iter_mut().skip(moves).zip(from..) {
            *place = follows;
        }
        Some(next)
    })
}

#[cfg(test)]
mod tests {
    use rand::rngs::OsRng;

    use super::*;

    fn shares(count: u8) -> Vec<u8> {
        (1..=count).collect()
    }

    #[test]
    fn all_choices_are_there_where_they_are_few() {
        for (count, needed, ways) in [(3, 3, 1), (3, 1, 3), (4, 2, 6), (12, 6, 924), (255, 254, 255)] {
            let distinct: BTreeSet<BTreeSet<usize>> =
                choices(&shares(count), needed, &mut OsRng).into_iter().map(|way| way.into_iter().collect()).collect();
            assert_eq!(distinct.len(), ways, "{needed} of {count}");
        }
        assert!(choices(&shares(2), 3, &mut OsRng).is_empty());
        // Two that differ of one share are in no choice together.
        assert_eq!(choices(&[1, 1, 2], 2, &mut OsRng).len(), 2);
    }

    #[test]
    fn one_wrong_part_and_two_among_forty_four_do_not_spoil_all_choices() {
        let is_free = |ways: &[Vec<usize>], wrong: &[usize]| {
            ways.iter().any(|way| wrong.iter().all(|wrong| !way.contains(wrong)))
        };
        for (count, needed) in [(13, 6), (44, 42), (44, 22), (255, 253), (255, 128)] {
            let ways = choices(&shares(count), needed, &mut OsRng);
            assert_eq!(ways.len(), MAX_WAYS.min(ways.len()), "{needed} of {count}");
            let all = usize::from(count);
            assert!((0..all).all(|wrong| is_free(&ways, &[wrong])), "{needed} of {count}");
            if count <= 44 {
                assert!((0..all).all(|one| (0..one).all(|two| is_free(&ways, &[one, two]))), "{needed} of {count}");
            }
        }
    }
}
