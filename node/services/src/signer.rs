//! Who is known to have signed what a node works on.

use medshare_ledger::entry::Entry;
use medshare_ledger::id::{NodeId, RequestorId};
use medshare_node_chain::mempool::{Source, requestor};

/// Whoever answers for a message: by her signature, which was checked, and not by what the message claims.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signer {
    /// A requestor, or an agent of hers.
    Requestor(RequestorId),
    /// The same, of what is handed on to this owner's node: where that one does not answer, she is kept from no other.
    HandedOn(RequestorId, NodeId),
    /// An owner, an authority or a node.
    Other(Source),
}

impl Signer {
    /// Whose signature an entry claims to have.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        requestor(entry).map_or_else(|| Self::Other(Source::of(entry)), Self::Requestor)
    }
}
