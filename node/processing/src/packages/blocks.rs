//! Which parent block a package has, by the ledger alone. A package's file is named for it, so that what becomes of the file is decided
//! without a look into it: its head may be damaged.

use medshare_ledger::entry::Entry;
use medshare_ledger::id::{BlockId, NodeId, OwnerId, PackageId};
use medshare_ledger::state::StateFault;
use medshare_node_chain::{Chain, EntryReader};
use medshare_node_refusal::Refusal;
use std::collections::BTreeMap;

/// Blocks that are looked through at once.
const AT_ONCE: usize = 256;

/// The packages that the ledger has, as far as it was read: each block once.
pub struct Blocks {
    node: NodeId,
    /// The block of each package, if this node made it. Another node may commit to any package, and its owner take that back.
    own: BTreeMap<PackageId, Option<BlockId>>,
    /// The last block of each owner that was read, by its place in the history.
    read: BTreeMap<OwnerId, u64>,
}

impl Blocks {
    /// Of the packages that this node makes; nothing is read yet.
    #[must_use]
    pub const fn of(node: NodeId) -> Self {
        Self { node, own: BTreeMap::new(), read: BTreeMap::new() }
    }

    /// Reads what was decided since.
    ///
    /// # Errors
    /// [`Refusal`] when this node cannot read its views or its log; what was read until then is known.
    pub fn read_on(&mut self, chain: &Chain) -> Result<(), Refusal> {
        let mut entries = EntryReader::of(chain);
        for owner in &chain.facts().genesis().owners {
            loop {
                let places = chain.views().owner_blocks(owner.id, self.read.get(&owner.id).copied(), AT_ONCE)?;
                if places.is_empty() {
                    break;
                }
                for place in places {
                    let (Entry::ParentBlock(block), _) = entries.entry(place)? else {
                        return Err(StateFault::Corrupt { what: "parent block of an owner" }.into());
                    };
                    let own = Some(block.id).filter(|_| block.details.node == self.node);
                    let known = self.own.entry(block.details.package).or_default();
                    *known = known.or(own);
                    self.read.insert(owner.id, place);
                }
            }
        }
        Ok(())
    }

    /// Whether any block commits to the package.
    pub(super) fn is_decided(&self, package: &PackageId) -> bool {
        self.own.contains_key(package)
    }

    /// The block that this node made for the package.
    pub(super) fn block_of(&self, package: &PackageId) -> Option<BlockId> {
        self.own.get(package).copied().flatten()
    }
}
