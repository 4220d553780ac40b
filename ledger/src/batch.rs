//! What consensus decides at a height. The consensus value is the hash of the header; the bytes travel beside it.

mod once;
mod room;
mod tip;
mod unchecked;
mod verified;

pub use once::Decided;
pub use room::Room;
pub use tip::{Proposal, Tip};
pub use unchecked::UncheckedBatch;
pub use verified::{BatchError, CheckError, VerifiedBatch};

use crate::codec::{CodecError, decode_first};
use crate::entry::Entry;
use crate::facts::PROTOCOL_VERSION;
use crate::id::{Height, NetworkId, NodeId, Timestamp};
use bincode::{Decode, Encode};
use medshare_crypto::hash::{Hash32, tagged_hash};

/// Most entries in a batch.
pub const MAX_BATCH_ENTRIES: usize = 2_000;
/// Most bytes of an encoded batch.
pub const MAX_BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of an encoded batch before its entries: the header and the count of entries.
const FRAMING_BYTES: usize = 212;

/// In which domain a batch is hashed, for each protocol version so far: no batch counts in two.
const HASH_DOMAINS: [&str; PROTOCOL_VERSION as usize] =
    ["medshare/batch/v1", "medshare/batch/v2", "medshare/batch/v3", "medshare/batch/v4", "medshare/batch/v5"];

/// Header of a batch: all that a light client needs.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BatchHeader {
    /// Network.
    pub network: NetworkId,
    /// Position.
    pub height: Height,
    /// Hash of the previous batch's header; for height 1 the network id.
    pub previous: Hash32,
    /// Number of entries in this batch.
    pub entry_count: u32,
    /// Entries in the history including this batch.
    pub history_size: u64,
    /// RFC 6962 root of the history including this batch.
    pub history_root: Hash32,
    /// State root after the previous height.
    pub state_root: Hash32,
    /// Hash of the validator set of this height.
    pub validators: Hash32,
    /// Who proposed it first.
    pub proposer: NodeId,
    /// The proposer's time, later than the previous batch's.
    pub time: Timestamp,
}

impl BatchHeader {
    /// The batch's hash, the value of consensus.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        let [.., own] = HASH_DOMAINS;
        self.hash_in(own)
    }

    /// The protocol version before this one under which a batch of this header was decided by this hash, if there is one.
    #[must_use]
    pub fn earlier_protocol(&self, decided: &Hash32) -> Option<u32> {
        let [earlier @ .., _] = HASH_DOMAINS;
        (1..).zip(earlier).find(|(_, domain)| self.hash_in(domain) == *decided).map(|(version, _)| version)
    }

    fn hash_in(&self, domain: &'static str) -> Hash32 {
        tagged_hash(domain, &[&crate::codec::encode(self)])
    }
}

/// A batch as proposed and stored.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Batch {
    /// Header.
    pub header: BatchHeader,
    /// The entries, in order.
    pub entries: Vec<Entry>,
}

/// The header with which an encoded batch begins.
///
/// # Errors
/// [`CodecError`] when it begins otherwise.
pub fn header_of(bytes: &[u8]) -> Result<BatchHeader, CodecError> {
    Ok(decode_first::<BatchHeader, MAX_BATCH_BYTES>(bytes)?.0)
}

/// The entry whose bytes start at `offset` of an encoded batch; see [`VerifiedBatch::placed`].
///
/// # Errors
/// [`CodecError`] when none does.
pub fn entry_at(bytes: &[u8], offset: u32) -> Result<Entry, CodecError> {
    let bytes = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..)).unwrap_or_default();
    Ok(decode_first::<Entry, MAX_BATCH_BYTES>(bytes)?.0)
}
