//! What nodes ask each other about proxy keys.

use crate::services::Services;
use bincode::{Decode, Encode};
use medshare_exchange::proxy_key::ProxyKeyDelivery;
use medshare_ledger::id::{NodeId, RequestorId};

/// Questions between nodes about proxy keys.
#[derive(Encode, Decode)]
pub(super) enum Message {
    /// An authority's delivery, handed on.
    Deliver(Box<ProxyKeyDelivery>),
    /// A node lacks the key of a grant that it sees on the ledger. The answer is the key, sealed to that node.
    Want { requestor: RequestorId, attribute: String },
}

/// The other validators, who are asked.
pub(super) fn peers(services: &Services) -> Vec<NodeId> {
    let validators = services.chain.facts().validators().as_slice();
    validators.iter().map(|v| v.id).filter(|id| *id != services.node).collect()
}
