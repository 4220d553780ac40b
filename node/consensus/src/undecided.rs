//! Proposed batches that are not decided yet, own and received, kept so that a restart answers as before.
//!
//! A validator that voted for a batch must have its bytes after a crash, and a proposer must propose the same batch for the same
//! height and round. So both are in this file, and synced, before the engine hears of them. The file is emptied when a height is
//! committed and holds a handful of [records](medshare_node_store::record) otherwise; the payload is the header below, canonical, after its
//! length as `u32`, then the batch. A batch is written once: a further proposal of it is a record with nothing after the header.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use bincode::{Decode, Encode};
use bytes::Bytes;
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::Signature;
use medshare_ledger::codec;
use medshare_ledger::id::{Height, NodeId};

use medshare_node_store::durable;
use medshare_node_store::fault::StoreFault;
use medshare_node_store::record;

/// What the file may hold beside what counts. A node that catches up below a height that it voted in keeps the proposals of that one, and
/// so cannot empty the file after each height that it fetches.
const SLACK_BYTES: u64 = 4 << 20;

/// A proposal of a batch in a round.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Proposed {
    /// Height proposed for.
    pub height: Height,
    /// Round proposed in.
    pub round: u32,
    /// Round of the quorum of prevotes that a re-proposal rests on.
    pub valid_round: Option<u32>,
    /// Round in which the batch was first proposed.
    pub made_in: u32,
    /// Proposer of `round`.
    pub proposer: NodeId,
    /// Hash of the batch.
    pub hash: Hash32,
    /// The signature under which its maker announced it in that round, for whoever proposes it again.
    pub made: Signature,
}

/// What stands for the maker's signature where a build of before kept none.
const UNSIGNED: [u8; 64] = [0; 64];

impl Proposed {
    /// Whether it can be shown to others who made the batch.
    #[must_use]
    pub fn is_vouched_for(&self) -> bool {
        self.made != Signature::from_bytes(UNSIGNED)
    }

    /// Whether both are one proposal, under whichever signatures of its maker: whoever made a batch can sign that many times.
    #[must_use]
    pub fn is_the_same(&self, other: &Self) -> bool {
        Self { made: other.made, ..self.clone() } == *other
    }
}

/// The proposals of the height that is being decided.
#[derive(Debug)]
pub struct Undecided {
    path: PathBuf,
    file: File,
    bytes: u64,
    proposals: Vec<Proposed>,
    batches: HashMap<Hash32, Bytes>,
}

impl Undecided {
    /// Opens the file at `path` and forgets proposals up to `tip`. Whatever was being written when the power went is dropped; what is
    /// left a loss of power does not take away any more.
    ///
    /// # Errors
    /// When the disk refuses, or what the file holds is damaged (see [`damage`]).
    pub fn open(path: &Path, tip: Height) -> Result<Self, StoreFault> {
        let file = durable::open_file(path)?;
        let (records, bytes) =
            read_all(&file, path)?.map_err(|reason| StoreFault::Damaged { path: path.to_owned(), reason })?;
        let mut store = Self { path: path.to_owned(), file, bytes, proposals: Vec::new(), batches: HashMap::new() };
        store.truncate(bytes)?;
        for Record { proposed, batch } in records {
            if proposed.height > tip {
                store.batches.insert(proposed.hash, batch);
                store.keep(proposed);
            }
        }
        if store.proposals.is_empty() {
            store.truncate(0)?;
        }
        // The run before may have ended between a write and its sync.
        durable::write_anew(&store.file, path, 0..store.bytes, record::are_whole)?;
        Ok(store)
    }

    /// Stores a proposal; returns once it is on disk. One that is there already costs nothing, and one of a batch that is there little.
    /// One that is there without its maker's signature gives way to the same with it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn add(&mut self, proposed: Proposed, batch: Bytes) -> Result<(), StoreFault> {
        if self.has(&proposed) {
            return Ok(());
        }
        let is_known = self.batches.contains_key(&proposed.hash);
        let record = to_record(&proposed, if is_known { &[] } else { &batch }).ok_or_else(|| StoreFault::Damaged {
            path: self.path.clone(),
            reason: "a proposal is too long".to_owned(),
        })?;
        self.file
            .write_all_at(&record, self.bytes)
            .and_then(|()| self.file.sync_data())
            .map_err(|source| StoreFault::io("writing", &self.path, source))?;
        self.bytes += record.len() as u64;
        self.batches.entry(proposed.hash).or_insert(batch);
        self.keep(proposed);
        Ok(())
    }

    /// Whether a proposal is there, and tells no more of its maker than what is.
    fn has(&self, proposed: &Proposed) -> bool {
        let tells_all = |kept: &Proposed| kept.is_vouched_for() || !proposed.is_vouched_for();
        self.proposals.iter().any(|kept| kept.is_the_same(proposed) && tells_all(kept))
    }

    fn keep(&mut self, proposed: Proposed) {
        if !self.has(&proposed) {
            self.proposals.retain(|kept| !kept.is_the_same(&proposed));
            self.proposals.push(proposed);
        }
    }

    /// The proposals of a round.
    pub fn of_round(&self, height: Height, round: u32) -> impl Iterator<Item = &Proposed> {
        self.proposals.iter().filter(move |proposed| proposed.height == height && proposed.round == round)
    }

    /// What `node` proposed first in a round, as opposed to proposed again.
    #[must_use]
    pub fn made_by(&self, node: NodeId, height: Height, round: u32) -> Option<&Proposed> {
        self.of_round(height, round).find(|proposed| proposed.proposer == node && proposed.made_in == round)
    }

    /// Any proposal of a batch; if there is one, such that others see who made it.
    #[must_use]
    pub fn of_batch(&self, hash: Hash32) -> Option<&Proposed> {
        let of_batch = || self.proposals.iter().filter(|proposed| proposed.hash == hash);
        of_batch().find(|proposed| proposed.is_vouched_for()).or_else(|| of_batch().next())
    }

    /// The bytes of a proposed batch.
    #[must_use]
    pub fn batch(&self, hash: Hash32) -> Option<Bytes> {
        self.batches.get(&hash).cloned()
    }

    /// Forgets everything up to `height`, which has been committed.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn prune(&mut self, height: Height) -> Result<(), StoreFault> {
        self.proposals.retain(|proposed| proposed.height > height);
        let kept: HashSet<_> = self.proposals.iter().map(|proposed| proposed.hash).collect();
        self.batches.retain(|hash, _| kept.contains(hash));
        if self.proposals.is_empty() {
            return self.truncate(0);
        }
        let live: usize = self.batches.values().map(Bytes::len).sum();
        match self.bytes > SLACK_BYTES.saturating_add(2 * live as u64) {
            true => self.write_anew(),
            false => Ok(()),
        }
    }

    /// Leaves only what is not forgotten in the file, which is whole at any moment.
    fn write_anew(&mut self) -> Result<(), StoreFault> {
        let mut written = HashSet::new();
        let record = |proposed: &Proposed| {
            let batch = self.batches.get(&proposed.hash)?;
            to_record(proposed, if written.insert(proposed.hash) { batch } else { &[] })
        };
        let records: Vec<u8> = self.proposals.iter().filter_map(record).flatten().collect();
        durable::replace_file(&self.path, &records)?;
        self.file = durable::open_file(&self.path)?;
        self.bytes = records.len() as u64;
        Ok(())
    }

    fn truncate(&mut self, bytes: u64) -> Result<(), StoreFault> {
        self.file.set_len(bytes).map_err(|source| StoreFault::io("truncating", &self.path, source))?;
        self.bytes = bytes;
        Ok(())
    }
}

/// How the file at `path` is damaged, if it is; a missing or torn one is not.
///
/// # Errors
/// When it cannot be read.
pub fn damage(path: &Path) -> Result<Option<String>, StoreFault> {
    match File::open(path) {
        Ok(file) => Ok(read_all(&file, path)?.err()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StoreFault::io("opening", path, source)),
    }
}

/// Hashes of the whole proposals in the file at `path`, which is not [damaged](damage).
///
/// # Errors
/// When it cannot be read.
pub fn stored(path: &Path) -> Result<Vec<Hash32>, StoreFault> {
    match File::open(path) {
        Ok(file) => {
            let (proposals, _) = read_all(&file, path)?.unwrap_or_default();
            Ok(proposals.into_iter().map(|record| record.proposed.hash).collect())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(StoreFault::io("opening", path, source)),
    }
}

/// A proposal with its batch.
struct Record {
    proposed: Proposed,
    batch: Bytes,
}

/// The whole proposals with the offset after them, or how they are damaged.
fn read_all(file: &File, path: &Path) -> Result<Result<(Vec<Record>, u64), String>, StoreFault> {
    let found = record::read_all(file).map_err(|source| StoreFault::io("reading", path, source))?;
    Ok(found.and_then(|found| Ok((whole(found.payloads)?, found.end))))
}

/// The proposals, each with the batch that it or one before it brings.
fn whole(payloads: Vec<Vec<u8>>) -> Result<Vec<Record>, String> {
    let mut batches: HashMap<Hash32, Bytes> = HashMap::new();
    let record = |payload| {
        let Record { proposed, batch } =
            from_payload(payload).ok_or_else(|| "a proposal in it cannot be decoded".to_owned())?;
        let batch = match batches.get(&proposed.hash) {
            Some(known) if batch.is_empty() => known.clone(),
            None if batch.is_empty() => return Err("the batch of a proposal in it is missing".to_owned()),
            _ => batch,
        };
        batches.insert(proposed.hash, batch.clone());
        Ok(Record { proposed, batch })
    };
    payloads.into_iter().map(record).collect()
}

fn to_record(proposed: &Proposed, batch: &[u8]) -> Option<Vec<u8>> {
    let header = codec::encode(proposed);
    let length = u32::try_from(header.len()).ok()?.to_be_bytes();
    record::frame(&[&length, &header[..], batch].concat())
}

/// What builds of before kept of a proposal.
#[derive(Encode, Decode)]
struct Unsigned {
    height: Height,
    round: u32,
    valid_round: Option<u32>,
    made_in: u32,
    proposer: NodeId,
    hash: Hash32,
}

impl From<Unsigned> for Proposed {
    /// It counts as before, but nobody else takes it as proposed again.
    fn from(Unsigned { height, round, valid_round, made_in, proposer, hash }: Unsigned) -> Self {
        Self { height, round, valid_round, made_in, proposer, hash, made: Signature::from_bytes(UNSIGNED) }
    }
}

fn from_payload(payload: Vec<u8>) -> Option<Record> {
    let (length, rest) = payload.split_first_chunk::<4>()?;
    let length = u32::from_be_bytes(*length) as usize;
    let header = rest.get(..length)?;
    let proposed = codec::decode(header).or_else(|_| codec::decode::<Unsigned>(header).map(Proposed::from)).ok()?;
    Some(Record { proposed, batch: Bytes::from(payload).slice(4 + length..) })
}

#[cfg(test)]
mod tests;
