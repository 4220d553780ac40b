//! What was refused without being ordered: remembered for a while, so that who asks gets the reason, and nobody brings what was
//! refused for good back at a better time. Whoever has much refused makes no others' reasons forgotten: the oldest of the source with the most
//! makes room.

use super::source::Source;
use medshare_crypto::hash::Hash32;
use medshare_ledger::rejection::Rejection;
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Most refusals remembered.
const MAX_REMEMBERED: usize = 65_536;

struct Refused {
    rejection: Rejection,
    for_good: bool,
}

#[derive(Default)]
pub(super) struct Refusals {
    by_hash: HashMap<Hash32, Refused>,
    /// By source, the oldest first; without one where the entry did not wait any more.
    by_age: BTreeMap<Option<Source>, VecDeque<Hash32>>,
}

impl Refusals {
    pub(super) fn get(&self, hash: &Hash32) -> Option<Rejection> {
        self.by_hash.get(hash).map(|refused| refused.rejection)
    }

    pub(super) fn for_good(&self, hash: &Hash32) -> Option<Rejection> {
        self.by_hash.get(hash).filter(|refused| refused.for_good).map(|refused| refused.rejection)
    }

    pub(super) fn note(&mut self, hash: Hash32, source: Option<Source>, rejection: Rejection, for_good: bool) {
        if self.by_hash.insert(hash, Refused { rejection, for_good }).is_some() {
            return;
        }
        self.by_age.entry(source).or_default().push_back(hash);
        if self.by_hash.len() > MAX_REMEMBERED
            && let Some(most) = self.by_age.values_mut().max_by_key(|hashes| hashes.len())
            && let Some(oldest) = most.pop_front()
        {
            self.by_hash.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use medshare_crypto::hash::sha256;

    #[test]
    fn refusals_of_one_source_make_no_others_forgotten() {
        let mut refusals = Refusals::default();
        let hash = |n: usize| sha256(&n.to_be_bytes());
        let hers = Source::Requestors;
        let owners = Source::Owner(medshare_ledger::id::OwnerId::from_bytes([1; 16]));
        refusals.note(hash(0), Some(owners), Rejection::GrantSuperseded, true);
        for n in 1..=2 * MAX_REMEMBERED {
            refusals.note(hash(n), Some(hers.clone()), Rejection::UnknownDataSet, true);
        }
        assert_eq!(refusals.get(&hash(0)), Some(Rejection::GrantSuperseded));
        assert_eq!(refusals.get(&hash(1)), None, "of hers the oldest went");
        assert_eq!(refusals.get(&hash(2 * MAX_REMEMBERED)), Some(Rejection::UnknownDataSet));
        assert_eq!(refusals.by_hash.len(), MAX_REMEMBERED);
        assert_eq!(refusals.by_age.values().map(VecDeque::len).sum::<usize>(), MAX_REMEMBERED);
    }
}
