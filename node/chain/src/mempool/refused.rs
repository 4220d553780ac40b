//! What was refused without being ordered: remembered for a while, so that who asks gets the reason, and nobody brings what was
//! refused for good back at a better time.

use medshare_crypto::hash::Hash32;
use medshare_ledger::rejection::Rejection;
use std::collections::{HashMap, VecDeque};

/// Most refusals remembered; the oldest make room.
const MAX_REMEMBERED: usize = 65_536;

struct Refused {
    rejection: Rejection,
    for_good: bool,
}

#[derive(Default)]
pub(super) struct Refusals {
    by_hash: HashMap<Hash32, Refused>,
    by_age: VecDeque<Hash32>,
}

impl Refusals {
    pub(super) fn get(&self, hash: &Hash32) -> Option<Rejection> {
        self.by_hash.get(hash).map(|refused| refused.rejection)
    }

    pub(super) fn for_good(&self, hash: &Hash32) -> Option<Rejection> {
        self.by_hash.get(hash).filter(|refused| refused.for_good).map(|refused| refused.rejection)
    }

    pub(super) fn note(&mut self, hash: Hash32, rejection: Rejection, for_good: bool) {
        if self.by_hash.insert(hash, Refused { rejection, for_good }).is_some() {
            return;
        }
        self.by_age.push_back(hash);
        if self.by_age.len() > MAX_REMEMBERED
            && let Some(oldest) = self.by_age.pop_front()
        {
            self.by_hash.remove(&oldest);
        }
    }
}
