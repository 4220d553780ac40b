//! Keys and validators that the tests of this module share.
#![allow(clippy::unwrap_used, reason = "tests")]

use arc_malachitebft_app_channel::app::types::PeerId;
use medshare_crypto::sign::SigningKey;
use medshare_ledger::id::{NetworkId, NodeId};
use medshare_ledger::validator::{Validator, ValidatorSet};

pub(crate) const NETWORK: NetworkId = NetworkId::from_bytes([7; 32]);

pub(crate) fn key(index: u8) -> SigningKey {
    SigningKey::from_seed([index + 1; 32].into())
}

/// The first `count` validators, with the keys of [`key`].
pub(crate) fn validators(count: u8) -> ValidatorSet {
    let validator = |index| {
        let key = key(index).verifying_key();
        let organisation = format!("organisation-{index}").parse().unwrap();
        Validator { id: NodeId::of_key(&key), key, sealing_key: [index; 32], organisation }
    };
    ValidatorSet::new((0..count).map(validator).collect())
}

/// The id of some peer.
pub(crate) fn peer() -> PeerId {
    PeerId::from_bytes(&medshare_node_net::PeerId::random().to_bytes()).unwrap()
}
