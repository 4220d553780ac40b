//! Bounds of what consensus takes from peers, and how they relate.

pub use medshare_ledger::batch::MAX_BATCH_BYTES;
use medshare_ledger::codec::MAX_DECODED_BYTES;
use medshare_ledger::validator::MAX_VALIDATORS;

/// Longest piece of a batch in one proposal part.
pub const PART_BYTES: usize = 128 * 1024;

/// Most data parts that a batch is cut into.
pub const MAX_DATA_PARTS: usize = MAX_BATCH_BYTES.div_ceil(PART_BYTES);

/// Most unfinished part streams of one peer; the oldest gives way.
pub const MAX_STREAMS_PER_PEER: usize = 3;

/// How far ahead of its own height a node keeps proposals.
pub const MAX_HEIGHTS_AHEAD: u64 = 2;

/// Most whole proposals of one peer that are kept until their height or round begins; the oldest gives way. As many as there are
/// heights that an honest one can be ahead, and its own round's.
pub const MAX_EARLY_PER_PEER: usize = MAX_HEIGHTS_AHEAD as usize + 1;

/// Most bytes of all whole proposals that are kept like this, and again of all unfinished streams: of each validator of a third, and of
/// some others, one of the longest.
pub const MAX_HELD_BYTES: usize = 16 * MAX_BATCH_BYTES;

/// How far ahead of its own round a node keeps proposals.
pub const MAX_ROUNDS_AHEAD: u32 = 8;

/// Most announcements of one round whose batches are checked, and kept; two already convict their proposer.
pub const MAX_PROPOSALS_PER_ROUND: usize = 2;

/// Most batches that are checked at once. Those of the round under way begin as long as there are fewer.
pub const MAX_CHECKS: usize = 4;

/// Most of them when one of another round than the one under way begins.
pub const MAX_CHECKS_OF_OTHER_ROUNDS: usize = 3;

/// Longest message on the engine's gossip: a part, or votes with the certificates of [`MAX_VALIDATORS`] validators.
pub const MAX_GOSSIP_BYTES: usize = 192 * 1024;

/// Batches after which an answer to a node that catches up ends, in bytes; one batch may exceed it.
pub const SYNC_ANSWER_BYTES: usize = 2 * 1024 * 1024;

/// Longest message of catching up.
pub const MAX_SYNC_BYTES: usize = MAX_DECODED_BYTES;

/// Most batches of one height that are kept while they are compared with their certificates; few nodes are asked for one at once.
pub const MAX_FETCHED: usize = 4;

/// Most batches in one answer to a node that catches up.
pub const SYNC_BATCHES: usize = 32;

const _: () = assert!(MAX_CHECKS_OF_OTHER_ROUNDS < MAX_CHECKS, "the round under way has room of its own");
const _: () = assert!(
    MAX_HELD_BYTES / MAX_BATCH_BYTES > MAX_VALIDATORS / 3 + MAX_HEIGHTS_AHEAD as usize + 1,
    "whatever a third of the validators hold, there is room for a proposal of each height that others may be ahead"
);
const _: () = assert!(PART_BYTES + 4 * 1024 < MAX_GOSSIP_BYTES, "a part fits into a message with its framing");
const _: () = assert!(
    SYNC_ANSWER_BYTES + MAX_BATCH_BYTES + 512 * 1024 < MAX_SYNC_BYTES,
    "an answer that ends with the longest batch fits into a message"
);
