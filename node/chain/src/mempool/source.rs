//! Who a waiting entry is from.

use medshare_ledger::check::VerifiedEntry;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{Label, NodeId, OwnerId, RequestorId};

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

/// A part of those that entries come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Source(Source),
    /// Who registered the requestor, as far as that is known here.
    Organisation(Option<OwnerId>),
    Requestor(RequestorId),
}

/// Where an entry comes from: its source, and what that is divided by. Of what requestors sign, and of what nodes make for them, each
/// organisation has a part, and in that each of its requestors. An owner and an authority sign with a key of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(Vec<Part>);

impl Origin {
    /// Of an entry about a requestor whom this organisation registered, if anybody did yet.
    #[must_use]
    pub fn of(entry: &Entry, organisation: Option<OwnerId>) -> Self {
        let source = Part::Source(Source::of(entry));
        Self(match requestor(entry) {
            Some(requestor) => vec![source, Part::Organisation(organisation), Part::Requestor(requestor)],
            None => vec![source],
        })
    }

    pub(super) fn source(&self) -> Option<&Source> {
        match self.0.first() {
            Some(Part::Source(source)) => Some(source),
            _ => None,
        }
    }

    pub(super) fn path(&self) -> &[Part] {
        &self.0
    }

    /// All of its source that the same organisation answers for.
    pub(super) fn organisation(&self) -> &[Part] {
        self.0.get(..2).unwrap_or(&self.0)
    }
}

/// An entry that comes in.
pub struct Coming {
    /// The entry.
    pub entry: VerifiedEntry,
    /// Where it comes from.
    pub origin: Origin,
}

impl From<VerifiedEntry> for Coming {
    /// Of whoever is registered by nobody that is known here.
    fn from(entry: VerifiedEntry) -> Self {
        let origin = Origin::of(entry.entry(), None);
        Self { entry, origin }
    }
}

/// The requestor who signed an entry, or for whom a node made it.
#[must_use]
pub fn requestor(entry: &Entry) -> Option<RequestorId> {
    match entry {
        Entry::Request(request, _) => Some(request.requestor()),
        Entry::ParentBlock(block) => Some(block.details.requestor),
        Entry::SideBlock(block) => Some(block.details.requestor),
        Entry::Identity(..)
        | Entry::AttributeKeys(..)
        | Entry::AttributeGrant(..)
        | Entry::ContractCode(..)
        | Entry::OwnerDecision(..)
        | Entry::Revocation(..) => None,
    }
}
