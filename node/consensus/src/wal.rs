//! The write-ahead log: what this validator signed and saw in the height that is being decided.
//!
//! The engine brings a log of its own; this one takes its place as an actor because the engine's goes on after a write that failed in
//! its thread, and stops at a damaged file without a word of what to do. Here a write that fails halts the node before the vote that
//! it belongs to is sent, and a file that is damaged was found before the engine started (see [`abstention`](super::abstention)).
//!
//! Two files of [records](medshare_node_store::record), taken in turns: first the height, 8 bytes, then entries as the engine encodes
//! them. Starting a height empties the file of the height before the last; the first entry writes the height. Appended entries are
//! synced when the engine flushes, which it does before anything leaves the node. So the last height voted in is always on disk. Zeros at
//! the end of a file may be a crash's, or votes that were sent and a disk has lost: the height is not voted in again.

mod actor;
mod file;
#[cfg(test)]
mod tests;
mod votes;

pub(super) use actor::{accepted, spawn};
pub use file::{Contents, WalFile};
pub use votes::VoteLog;
