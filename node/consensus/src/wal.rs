//! The write-ahead log: what this validator signed and saw in the height that is being decided.
//!
//! The engine brings a log of its own; this one takes its place as an actor because the engine's goes on after a write that failed in
//! its thread, and stops at a damaged file without a word of what to do. Here a write that fails halts the node before the vote that
//! it belongs to is sent, and a file that is damaged was found before the engine started (see [`abstention`](super::abstention)).
//!
//! Two files of [records](medshare_node_store::record), taken in turns: first the height, 8 bytes, then entries as the engine encodes
//! them. Starting a height empties the file of the height before the last; the first entry writes the height. Appended entries are
//! written and synced when the engine flushes, which it does before anything leaves the node, and until then they are in memory alone: what
//! others say is most of what is logged, and no vote was sent on it yet. So the last height voted in is always on disk. A run that ends in order, or
//! gives way to another one, flushes too.
//!
//! Zeros at the end of a file are then those of a flush that a loss of power cut off, or of votes that were sent and a disk has lost though it
//! had acknowledged them: the height is not voted in again. The file does not tell one from the other. What could is a mark behind each flush, synced before the
//! vote is sent; but a disk that loses the one loses the other, too, and each vote would wait for two syncs.

mod actor;
mod file;
#[cfg(test)]
mod tests;
mod votes;

pub(super) use actor::{accepted, spawn};
pub use file::{Contents, WalFile};
pub use votes::VoteLog;
