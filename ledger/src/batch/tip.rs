//! The end of the decided sequence: what the next batch builds on.

use super::once::{Decided, Kept, Place};
use super::{BatchError, BatchHeader, CheckError, Room, UncheckedBatch, VerifiedBatch};
use crate::check::{NamedEntry, VerifiedEntry};
use crate::facts::NetworkFacts;
use crate::history::Frontier;
use crate::id::{Height, NetworkId, NodeId, Timestamp};
use crate::state::StateFault;
use bincode::{Decode, Encode};
use medshare_crypto::hash::Hash32;
use std::collections::BTreeSet;

/// Everything about the past that the next batch's header states.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Tip {
    /// Network.
    pub network: NetworkId,
    /// Last decided height; zero before the first batch.
    pub height: Height,
    /// Hash of the last batch; the network id before the first.
    pub hash: Hash32,
    /// Time of the last batch.
    pub time: Timestamp,
    /// The history so far.
    pub history: Frontier,
    /// State root after the last height.
    pub state_root: Hash32,
    /// Hash of the validator set of the next height.
    pub validators: Hash32,
}

/// A batch to propose.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The batch.
    pub batch: VerifiedBatch,
    /// Entries that neither this batch nor a later one can hold: nobody needs to keep them.
    pub hopeless: Vec<Hash32>,
}

impl Tip {
    /// Before the first batch, with the root of the genesis state.
    #[must_use]
    pub fn genesis(facts: &NetworkFacts, state_root: Hash32) -> Self {
        Self {
            network: facts.network(),
            height: Height(0),
            hash: Hash32::from_bytes(*facts.network().as_bytes()),
            time: Timestamp(0),
            history: Frontier::default(),
            state_root,
            validators: facts.validators().hash(),
        }
    }

    /// The next batch: as many of `entries`, in order, as fit; repeated ones count once, and what rule `decided-once` keeps out
    /// is left out.
    ///
    /// # Errors
    /// [`StateFault`] when this node cannot look up what was decided.
    pub fn propose(
        &self,
        entries: impl IntoIterator<Item = VerifiedEntry>,
        proposer: NodeId,
        now: Timestamp,
        decided: &dyn Decided,
    ) -> Result<Proposal, StateFault> {
        let time = self.next_time(now);
        let place = Place { time, tip: self.height, decided };
        let mut seen = BTreeSet::new();
        let mut room = Room::new();
        let (mut chosen, mut hopeless) = (Vec::new(), Vec::new());
        for entry in entries {
            if !seen.insert(entry.hash()) {
                continue;
            }
            match place.keeps(&entry.hash(), entry.entry().dated())? {
                Kept::In => {}
                Kept::TooEarly => continue,
                Kept::Out(_) => {
                    hopeless.push(entry.hash());
                    continue;
                }
            }
            if !room.take(&entry) {
                break;
            }
            chosen.push(entry);
        }
        Ok(Proposal { batch: self.batch(chosen, proposer, time), hopeless })
    }

    /// The time of a batch that is proposed behind this tip now.
    #[must_use]
    pub fn next_time(&self, now: Timestamp) -> Timestamp {
        now.max(self.time.plus_ms(1))
    }

    /// Checks a batch that somebody proposes behind this tip.
    ///
    /// `latest` is the latest time accepted, the clock with its drift; `None` for batches that were decided already.
    /// `decided` remembers the entries of earlier batches. `known` answers entries that this node has verified before, by hash,
    /// so that nothing is verified twice. Signatures come last: what the header alone gives away costs its proposer as much as it
    /// costs those who check it.
    ///
    /// # Errors
    /// [`CheckError`] names the first fault of the batch, or what this node cannot look up.
    pub fn check(
        &self,
        batch: UncheckedBatch,
        facts: &NetworkFacts,
        latest: Option<Timestamp>,
        decided: &dyn Decided,
        known: &dyn Fn(&Hash32) -> Option<VerifiedEntry>,
    ) -> Result<VerifiedBatch, CheckError> {
        let UncheckedBatch { header, entries } = batch;
        self.check_time(header.time, latest)?;
        let (expected, history) = self.header(entries.iter().map(NamedEntry::leaf), header.proposer, header.time);
        check_header(&header, &expected, facts)?;
        let place = Place { time: header.time, tip: self.height, decided };
        let entries = verify_entries(entries, facts, &place, known)?;
        Ok(VerifiedBatch { header, entries, history })
    }

    /// The tip after `batch`, whose execution led to `state_root`, with the validator set that the new state names.
    #[must_use]
    pub fn advance(&self, batch: &VerifiedBatch, state_root: Hash32, validators: Hash32) -> Self {
        Self {
            network: self.network,
            height: batch.header.height,
            hash: batch.hash(),
            time: batch.header.time,
            history: batch.history.clone(),
            state_root,
            validators,
        }
    }

    fn batch(&self, entries: Vec<VerifiedEntry>, proposer: NodeId, time: Timestamp) -> VerifiedBatch {
        let (header, history) = self.header(entries.iter().map(VerifiedEntry::leaf), proposer, time);
        VerifiedBatch { header, entries, history }
    }

    /// The header that follows from this tip and entries with these leaves, and the history with them.
    fn header(
        &self,
        leaves: impl ExactSizeIterator<Item = Hash32>,
        proposer: NodeId,
        time: Timestamp,
    ) -> (BatchHeader, Frontier) {
        let entry_count = u32::try_from(leaves.len()).unwrap_or(u32::MAX);
        let history = self.history.with(leaves);
        let header = BatchHeader {
            network: self.network,
            height: self.height.next(),
            previous: self.hash,
            entry_count,
            history_size: history.size(),
            history_root: history.root(),
            state_root: self.state_root,
            validators: self.validators,
            proposer,
            time,
        };
        (header, history)
    }

    fn check_time(&self, time: Timestamp, latest: Option<Timestamp>) -> Result<(), BatchError> {
        let latest = latest.unwrap_or(Timestamp(u64::MAX));
        if time > self.time && time <= latest {
            return Ok(());
        }
        Err(BatchError::Time { time: time.0, after: self.time.0, latest: latest.0 })
    }
}

fn check_header(header: &BatchHeader, expected: &BatchHeader, facts: &NetworkFacts) -> Result<(), BatchError> {
    for (field, agrees) in [
        ("network", header.network == expected.network),
        ("height", header.height == expected.height),
        ("previous batch", header.previous == expected.previous),
        ("number of entries", header.entry_count == expected.entry_count),
        ("history size", header.history_size == expected.history_size),
        ("history root", header.history_root == expected.history_root),
        ("state root", header.state_root == expected.state_root),
        ("proposer", facts.validator(header.proposer).is_some()),
        ("validator set", header.validators == expected.validators),
    ] {
        if !agrees {
            return Err(BatchError::Header { field });
        }
    }
    Ok(())
}

fn verify_entries(
    entries: Vec<NamedEntry>,
    facts: &NetworkFacts,
    place: &Place<'_>,
    known: &dyn Fn(&Hash32) -> Option<VerifiedEntry>,
) -> Result<Vec<VerifiedEntry>, CheckError> {
    let mut seen = BTreeSet::new();
    let mut verified = Vec::with_capacity(entries.len());
    for (position, entry) in entries.into_iter().enumerate() {
        let hash = entry.hash();
        if !seen.insert(hash) {
            return Err(BatchError::Duplicate { position }.into());
        }
        place.keeps(&hash, entry.dated())?.check(position)?;
        let entry = match known(&hash) {
            Some(entry) if entry.hash() == hash => entry,
            _ => entry.check(facts).map_err(|rejection| BatchError::Entry { position, rejection })?,
        };
        verified.push(entry);
    }
    Ok(verified)
}
