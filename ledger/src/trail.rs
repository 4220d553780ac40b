//! Which sequence an applied entry belongs to: what views index and audit bundles follow.

use crate::entry::Entry;
use crate::id::{BlockId, RequestorId};

/// A sequence of applied entries whose length and end the state proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trail {
    /// The registration of a requestor: one entry.
    Identity(RequestorId),
    /// The attribute grants of a requestor.
    Grants(RequestorId),
    /// What a requestor asked for.
    Requests(RequestorId),
    /// The parent blocks of a requestor.
    Thread(RequestorId),
    /// The side-blocks of a parent block.
    SideBlocks(BlockId),
    /// The owner's decisions and revocations on a package.
    Decisions(BlockId),
}

impl Trail {
    /// The trail of an entry, for those that belong to one.
    #[must_use]
    pub fn of(entry: &Entry) -> Option<Self> {
        match entry {
            Entry::Identity(identity, ..) => Some(Self::Identity(RequestorId::of_key(&identity.key))),
            Entry::AttributeGrant(grant, _) => Some(Self::Grants(grant.requestor)),
            Entry::Request(request, _) => Some(Self::Requests(request.requestor())),
            Entry::ParentBlock(block) => Some(Self::Thread(block.details.requestor)),
            Entry::SideBlock(block) => Some(Self::SideBlocks(block.details.parent)),
            Entry::OwnerDecision(decision, _) => Some(Self::Decisions(decision.parent)),
            Entry::Revocation(revocation, _) => Some(Self::Decisions(revocation.parent)),
            Entry::AttributeKeys(..) | Entry::ContractCode(..) => None,
        }
    }

    /// Key of the trail in a view: a tag and the id.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        let (tag, id): (u8, &[u8]) = match &self {
            Self::Identity(requestor) => (1, requestor.as_bytes()),
            Self::Grants(requestor) => (2, requestor.as_bytes()),
            Self::Thread(requestor) => (3, requestor.as_bytes()),
            Self::SideBlocks(parent) => (4, parent.as_bytes()),
            Self::Decisions(parent) => (5, parent.as_bytes()),
            Self::Requests(requestor) => (6, requestor.as_bytes()),
        };
        [&[tag], id].concat()
    }
}
