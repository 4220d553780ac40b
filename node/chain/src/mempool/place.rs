//! Where a waiting block stands: the chain that it extends, and which other forms of it there may be.

use medshare_crypto::hash::Hash32;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{BlockId, LeaseId, NodeId, Timestamp};
use medshare_ledger::side_block::SideEvent;
use medshare_ledger::trail::Trail;

/// The end of a chain of blocks, executed or waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// What the next block names as its predecessor.
    pub hash: Hash32,
    /// Violations up to there, for a chain of side-blocks.
    pub violations: u32,
}

/// What a node makes one block of. Of its forms, linked to one head after the other, the latest counts; those of another node are
/// others', so that nobody can take a form of somebody else's out of the way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Content {
    /// The parent block of a request.
    Request(NodeId, Hash32),
    /// The side-block of an opening.
    Opening(NodeId, BlockId, LeaseId),
    /// The side-block of a report.
    Report(NodeId, BlockId, LeaseId, u32),
}

/// A block's place.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) chain: Trail,
    pub(super) node: NodeId,
    pub(super) previous: Hash32,
    /// The chain's end once this block is in it.
    pub(super) head: Head,
    pub(super) content: Content,
    pub(super) made: Timestamp,
}

impl Place {
    /// The place of an entry that is a block.
    pub(super) fn of(entry: &Entry) -> Option<Self> {
        let (chain, node, header, violations, content) = match entry {
            Entry::ParentBlock(block) => {
                let details = &block.details;
                let content = Content::Request(details.node, details.request);
                (Trail::Thread(details.requestor), details.node, &block.header, 0, content)
            }
            Entry::SideBlock(block) => {
                let details = &block.details;
                let (node, parent) = (details.node, details.parent);
                let content = match &details.event {
                    SideEvent::Opening { lease, .. } => Content::Opening(node, parent, lease.id),
                    SideEvent::Reported { report, .. } => Content::Report(node, parent, report.lease, report.sequence),
                };
                (Trail::SideBlocks(parent), node, &block.header, details.action_counter, content)
            }
            _ => return None,
        };
        let head = Head { hash: header.hash(), violations };
        Some(Self { chain, node, previous: header.previous, head, content, made: header.timestamp })
    }
}
