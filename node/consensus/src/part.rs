//! The parts in which a proposed batch travels.
//!
//! A stream is: one [`Opening`], signed, that says what comes; pieces of the batch in order; and the engine's own end mark. The
//! signature stands in front, not at the end, so that nothing is kept for somebody who may not propose.

use arc_malachitebft_app_channel::app::types::core as engine;
use bincode::{Decode, Encode};
use bytes::Bytes;
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::{Signable, Signature, SigningKey};
use medshare_ledger::codec;
use medshare_ledger::id::{Height, NetworkId, NodeId};

use super::context::Context;
use super::limits::{MAX_BATCH_BYTES, PART_BYTES};

/// What a stream brings.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Announcement {
    /// Network of the proposal.
    pub network: NetworkId,
    /// Height proposed for.
    pub height: Height,
    /// Round proposed in.
    pub round: u32,
    /// Round of the quorum of prevotes that a re-proposal rests on.
    pub valid_round: Option<u32>,
    /// Round in which the batch was first proposed; its proposer is named in the batch's header.
    pub made_in: u32,
    /// The proposer of `round`, who signs; whoever has the batch may stream it under that signature.
    pub proposer: NodeId,
    /// Hash of the batch.
    pub hash: Hash32,
    /// Length of the batch.
    pub bytes: u32,
}

impl Signable for Announcement {
    const DOMAIN: &'static str = "medshare/proposal-parts/v1";

    fn signing_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }
}

impl Announcement {
    /// Whether its numbers are within bounds and fit together.
    #[must_use]
    pub fn is_plausible(&self) -> bool {
        let rests_on_earlier = self.valid_round.is_none_or(|round| round < self.round);
        let made_before = match self.valid_round {
            None => self.made_in == self.round,
            Some(valid_round) => self.made_in <= valid_round,
        };
        rests_on_earlier && made_before && (1..=MAX_BATCH_BYTES as u32).contains(&self.bytes)
    }
}

/// An announcement with its proposer's signature.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Opening {
    /// What is announced.
    pub announcement: Announcement,
    /// The proposer's signature over it.
    pub signature: Signature,
}

/// One part.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Part {
    /// First: what comes.
    Opening(Box<Opening>),
    /// A piece of the batch, at most [`PART_BYTES`] long.
    Piece(Vec<u8>),
}

impl engine::ProposalPart<Context> for Part {
    fn is_first(&self) -> bool {
        matches!(self, Self::Opening(_))
    }

    // The last part is no different from the others: the stream's own end mark follows it.
    fn is_last(&self) -> bool {
        false
    }
}

impl Opening {
    /// Announces a proposal of the holder of `key`.
    #[must_use]
    pub fn sign(announcement: Announcement, key: &SigningKey) -> Self {
        let signature = key.sign(&announcement);
        Self { announcement, signature }
    }

    /// Whether both announce one batch in one round, resting on the same one.
    #[must_use]
    pub fn is_of_the_same(&self, other: &Self) -> bool {
        let of = |opening: &Self| {
            let Announcement { height, round, valid_round, hash, .. } = opening.announcement;
            (height, round, valid_round, hash)
        };
        of(self) == of(other)
    }
}

/// The parts of a batch, in order.
pub(super) fn cut(opening: Opening, batch: &Bytes) -> Vec<Part> {
    let opening = Part::Opening(Box::new(opening));
    let pieces = batch.chunks(PART_BYTES).map(|piece| Part::Piece(piece.to_vec()));
    std::iter::once(opening).chain(pieces).collect()
}
