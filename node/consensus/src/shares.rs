//! Room for bytes that peers share: whoever holds the most gives way.
//!
//! So liars that fill all they can keep nobody out who holds less than they do, and a third of the validators leaves room to the
//! others however few or many there are.

use std::collections::{BTreeMap, VecDeque};

use arc_malachitebft_app_channel::app::types::PeerId;

/// What peers hold, each in the order in which it came.
pub(super) type Held<T> = BTreeMap<PeerId, VecDeque<T>>;

/// Drops the oldest of whoever holds the most until all of it has no more than `limit` bytes. Of several who hold the most it is
/// `latest`, who added something last.
pub(super) fn shrink<T>(held: &mut Held<T>, latest: PeerId, limit: usize, bytes_of: impl Fn(&T) -> usize) {
    loop {
        let bytes = |items: &VecDeque<T>| items.iter().map(&bytes_of).sum::<usize>();
        let of_peers: Vec<_> = held.iter().map(|(peer, items)| (bytes(items), *peer == latest, *peer)).collect();
        if of_peers.iter().map(|(bytes, ..)| bytes).sum::<usize>() <= limit {
            return;
        }
        let Some((_, _, most)) = of_peers.into_iter().max() else { return };
        if let Some(items) = held.get_mut(&most) {
            items.pop_front();
            if items.is_empty() {
                held.remove(&most);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{MAX_BATCH_BYTES, MAX_EARLY_PER_PEER, MAX_HELD_BYTES};
    use crate::testing::peer;
    use medshare_ledger::validator::MAX_VALIDATORS;

    #[test]
    fn a_third_of_liars_with_all_they_can_hold_leaves_room_to_the_others() {
        let liars: Vec<_> = (0..(MAX_VALIDATORS - 1) / 3).map(|_| peer()).collect();
        let honest: Vec<_> = (0..6).map(|_| peer()).collect();
        for is_honest_first in [true, false] {
            let mut held = Held::<usize>::new();
            let mut fill = |peers: &[PeerId], count| {
                for peer in peers.iter().cycle().take(count * peers.len()) {
                    held.entry(*peer).or_default().push_back(MAX_BATCH_BYTES);
                    shrink(&mut held, *peer, MAX_HELD_BYTES, |bytes| *bytes);
                    assert!(held.values().flatten().sum::<usize>() <= MAX_HELD_BYTES);
                }
            };
            if is_honest_first {
                fill(&honest, 1);
            }
            fill(&liars, 2 * MAX_EARLY_PER_PEER);
            if !is_honest_first {
                fill(&honest, 1);
            }
            assert!(honest.iter().all(|peer| held.get(peer).is_some_and(|items| items.len() == 1)));
        }
    }

    #[test]
    fn who_holds_the_most_gives_its_oldest() {
        let (one, other) = (peer(), peer());
        let mut held = Held::from([(one, VecDeque::from([3, 2])), (other, VecDeque::from([4]))]);
        shrink(&mut held, other, 6, |bytes| *bytes);
        assert_eq!(held, Held::from([(one, VecDeque::from([2])), (other, VecDeque::from([4]))]));
        shrink(&mut held, one, 3, |bytes| *bytes);
        assert_eq!(held, Held::from([(one, VecDeque::from([2]))]));
    }
}
