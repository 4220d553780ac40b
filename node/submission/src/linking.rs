//! Blocks that extend a chain, whichever it is.

use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{NetworkId, Timestamp};
use medshare_ledger::parent_block::ParentBlock;
use medshare_ledger::side_block::SideBlock;
use medshare_ledger::state::{SideChain, StateFault, StateView};
use medshare_ledger::trail::Trail;
use medshare_node_chain::mempool::Head;

/// A block of a chain in one of its forms.
pub trait ChainBlock: Clone + Send + Sync + 'static {
    /// The entry that brings it onto the ledger.
    fn entry(&self) -> Entry;

    /// When this form was made.
    fn made(&self) -> Timestamp;

    /// The same behind another end of its chain.
    fn linked_to(&self, end: Head, at: Timestamp, network: NetworkId, key: &SigningKey) -> Self;
}

impl ChainBlock for ParentBlock {
    fn entry(&self) -> Entry {
        Entry::ParentBlock(Box::new(self.clone()))
    }

    fn made(&self) -> Timestamp {
        self.header.timestamp
    }

    fn linked_to(&self, end: Head, at: Timestamp, network: NetworkId, key: &SigningKey) -> Self {
        self.relink(end.hash, at, network, key)
    }
}

impl ChainBlock for SideBlock {
    fn entry(&self) -> Entry {
        Entry::SideBlock(Box::new(self.clone()))
    }

    fn made(&self) -> Timestamp {
        self.header.timestamp
    }

    fn linked_to(&self, end: Head, at: Timestamp, network: NetworkId, key: &SigningKey) -> Self {
        self.relink(end.hash, end.violations, at, network, key)
    }
}

/// The executed end of a chain of blocks.
///
/// # Errors
/// When the state cannot be read.
pub fn executed_head(chain: Trail, state: StateView<'_>) -> Result<Head, StateFault> {
    match chain {
        Trail::Thread(requestor) => Ok(Head { hash: state.thread_head(requestor)?, violations: 0 }),
        Trail::SideBlocks(parent) => {
            let chain = state.side_chain(parent)?.unwrap_or_else(|| SideChain::of_parent(parent));
            Ok(Head { hash: chain.head, violations: chain.violations })
        }
        Trail::Identity(_) | Trail::Grants(_) | Trail::Requests(_) | Trail::Decisions(_) => {
            Ok(Head { hash: Hash32::ZERO, violations: 0 })
        }
    }
}
