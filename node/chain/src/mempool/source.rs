//! Who a waiting entry is from.

use medshare_ledger::entry::Entry;
use medshare_ledger::id::{Label, NodeId, OwnerId};

/// Who answers for an entry with a signature: whose share of the room it takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// An owner, or the organisation that registers a requestor.
    Owner(OwnerId),
    /// An authority.
    Authority(Label),
    /// Requestors, all together: an organisation registers as many as it likes, and no number of keys is more than one source.
    Requestors,
    /// The node that made a block.
    Node(NodeId),
}

impl Source {
    /// Whose signature an entry claims to have.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        match entry {
            Entry::Identity(identity, ..) => Self::Owner(identity.organisation),
            Entry::AttributeKeys(keys, _) => Self::Authority(keys.authority.clone()),
            Entry::AttributeGrant(grant, _) => Self::Authority(grant.authority.clone()),
            Entry::ContractCode(code, _) => Self::Owner(code.owner),
            Entry::Request(..) => Self::Requestors,
            Entry::ParentBlock(block) => Self::Node(block.details.node),
            Entry::SideBlock(block) => Self::Node(block.details.node),
            Entry::OwnerDecision(decision, _) => Self::Owner(decision.owner),
            Entry::Revocation(revocation, _) => Self::Owner(revocation.owner),
        }
    }
}
