//! Which violations wait for their owner's decision.
//!
//! A permission counts those that do, and a decision judges all before it: so they are the package's last ones, as many as it counts.

use super::blocks::side_block;
use medshare_ledger::id::{BlockId, OwnerId};
use medshare_node_chain::{Chain, EntryReader};
use medshare_node_refusal::Refusal;
use std::collections::BTreeMap;

/// Violations whose places are asked for at once.
const PART: usize = 1_000;

/// The violations of an owner's packages that wait, told in the order of their places.
pub(super) struct Waiting<'a> {
    chain: &'a Chain,
    owner: OwnerId,
    /// Places of violations, by package, from the first one on of a package that has both kinds.
    places: Option<BTreeMap<BlockId, Vec<u64>>>,
}

impl<'a> Waiting<'a> {
    pub(super) const fn of(chain: &'a Chain, owner: OwnerId) -> Self {
        Self { chain, owner, places: None }
    }

    /// Whether the violation of this package at this place waits. The list is walked to its end at most once, and only where a package
    /// has violations of both kinds.
    pub(super) fn has(&mut self, block: BlockId, place: u64) -> Result<bool, Refusal> {
        let (violations, undecided) = self.counts(block)?;
        if undecided == 0 || undecided >= violations {
            return Ok(undecided > 0);
        }
        let places = match self.places.take() {
            Some(places) => places,
            None => self.from(place)?,
        };
        // counted behind the walk: a violation that came meanwhile makes none look decided
        let (_, undecided) = self.counts(block)?;
        let of_block = places.get(&block).map_or(&[][..], Vec::as_slice);
        let decided = of_block.len().saturating_sub(usize::try_from(undecided).unwrap_or(usize::MAX));
        let waits = of_block.get(decided).is_some_and(|first| place >= *first);
        self.places = Some(places);
        Ok(waits)
    }

    fn counts(&self, block: BlockId) -> Result<(u32, u32), Refusal> {
        let record = self.chain.state().permission(block)?.ok_or_else(|| Refusal::not_found("parent block"))?;
        Ok((record.violations, record.undecided))
    }

    /// The places of all violations from this one on, by package.
    fn from(&self, place: u64) -> Result<BTreeMap<BlockId, Vec<u64>>, Refusal> {
        let mut entries = EntryReader::of(self.chain);
        let mut places: BTreeMap<BlockId, Vec<u64>> = BTreeMap::new();
        let mut part = vec![place];
        while let Some(last) = part.last().copied() {
            for place in part {
                let (side, _) = side_block(&mut entries, place)?;
                places.entry(side.details.parent).or_default().push(place);
            }
            part = self.chain.views().violations(self.owner, Some(last), PART)?;
        }
        Ok(places)
    }
}
