//! Keys and validators that the tests of this module share.
#![allow(clippy::unwrap_used, reason = "tests")]

use arc_malachitebft_app_channel::app::streaming::StreamContent;
use arc_malachitebft_app_channel::app::types::PeerId;
use arc_malachitebft_app_channel::app::types::streaming::{StreamId, StreamMessage};
use bytes::Bytes;
use medshare_crypto::hash::sha256;
use medshare_crypto::seal::SealingPublicKey;
use medshare_crypto::sign::SigningKey;
use medshare_ledger::id::{Height, NetworkId, NodeId};
use medshare_ledger::validator::{Validator, ValidatorSet};

use crate::part::{Announcement, Opening, Part, cut};

pub(crate) const NETWORK: NetworkId = NetworkId::from_bytes([7; 32]);

pub(crate) fn key(index: u8) -> SigningKey {
    SigningKey::from_seed([index + 1; 32].into())
}

/// The first `count` validators, with the keys of [`key`].
pub(crate) fn validators(count: u8) -> ValidatorSet {
    let validator = |index| {
        let key = key(index).verifying_key();
        let organisation = format!("organisation-{index}").parse().unwrap();
        let sealing_key = SealingPublicKey::from_bytes([index; SealingPublicKey::LEN]);
        Validator { id: NodeId::of_key(&key), key, sealing_key, organisation }
    };
    ValidatorSet::new((0..count).map(validator).collect())
}

/// The id of some peer.
pub(crate) fn peer() -> PeerId {
    PeerId::from_bytes(&medshare_node_net::PeerId::random().to_bytes()).unwrap()
}

/// What the holder of a key signs who proposes a batch for the first time.
pub(crate) fn opening(height: Height, round: u32, signer: u8, batch: &[u8]) -> Opening {
    let key = key(signer);
    let announcement = Announcement {
        network: NETWORK,
        height,
        round,
        valid_round: None,
        made_in: round,
        proposer: NodeId::of_key(&key.verifying_key()),
        hash: sha256(batch),
        bytes: batch.len() as u32,
    };
    Opening::sign(announcement, &key)
}

/// The parts of a stream named `id`, in order: what the holder of a key announces, and what comes as the batch.
pub(crate) fn stream(
    announcement: Announcement,
    signer: u8,
    batch: &Bytes,
    id: &'static [u8],
) -> Vec<StreamMessage<Part>> {
    stream_under(Opening::sign(announcement, &key(signer)), batch, id)
}

/// An announcement again of a batch, with what the holder of another key signed when it made it.
pub(crate) fn again(announcement: Announcement, signer: u8, maker: u8) -> Opening {
    let maker = key(maker);
    let made = maker.sign(&announcement.as_made_by(NodeId::of_key(&maker.verifying_key())));
    Opening::sign_again(announcement, made, &key(signer))
}

/// The parts of a stream under an opening.
pub(crate) fn stream_under(opening: Opening, batch: &Bytes, id: &'static [u8]) -> Vec<StreamMessage<Part>> {
    let contents = cut(opening, batch).into_iter().map(StreamContent::Data);
    let message = |(sequence, content)| StreamMessage::new(StreamId::new(Bytes::from_static(id)), sequence, content);
    (0..).zip(contents.chain([StreamContent::Fin])).map(message).collect()
}
