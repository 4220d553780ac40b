//! The parts in which a proposed batch travels.
//!
//! A stream is: one [`Opening`], signed, that says what comes; pieces of the batch in order; and the engine's own end mark. The
//! signature stands in front, not at the end, so that nothing is kept for somebody who may not propose.
//!
//! Who proposes a batch again names the round that it was made in, and its maker's signature vouches for that: the ledger counts the
//! makers of batches as present, and the engine takes a batch that was proposed again for one that was made, if its proposer says so.

use arc_malachitebft_app_channel::app::types::core as engine;
use bincode::{Decode, Encode};
use bytes::Bytes;
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::{Signable, Signature, SigningKey, VerifyingKey};
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
            Some(_) => self.made_in < self.round,
        };
        rests_on_earlier && made_before && (1..=MAX_BATCH_BYTES as u32).contains(&self.bytes)
    }

    /// What `maker` announced when it made the batch.
    pub(super) fn as_made_by(&self, maker: NodeId) -> Self {
        Self { round: self.made_in, valid_round: None, proposer: maker, ..self.clone() }
    }
}

/// An announcement with its proposer's signature.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Signed {
    announcement: Announcement,
    signature: Signature,
}

/// What a stream begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// What is announced.
    pub announcement: Announcement,
    /// The proposer's signature over it.
    pub signature: Signature,
    /// Of a batch that is proposed again, the signature under which its maker announced it first.
    pub made: Option<Signature>,
}

/// One part.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Part {
    /// First: what comes.
    Opening(Box<Signed>),
    /// A piece of the batch, at most [`PART_BYTES`] long.
    Piece(Vec<u8>),
    /// First, of a batch that is proposed again: what comes, and the signature under which its maker announced it.
    Again(Box<Signed>, Signature),
}

impl engine::ProposalPart<Context> for Part {
    fn is_first(&self) -> bool {
        matches!(self, Self::Opening(_) | Self::Again(..))
    }

    // The last part is no different from the others: the stream's own end mark follows it.
    fn is_last(&self) -> bool {
        false
    }
}

impl Opening {
    /// Announces a batch that the holder of `key` made.
    #[must_use]
    pub fn sign(announcement: Announcement, key: &SigningKey) -> Self {
        let signature = key.sign(&announcement);
        Self { announcement, signature, made: None }
    }

    /// Announces a batch again, which was first announced under `made`.
    #[must_use]
    pub fn sign_again(announcement: Announcement, made: Signature, key: &SigningKey) -> Self {
        Self { made: Some(made), ..Self::sign(announcement, key) }
    }

    /// The signature under which the batch was first announced.
    #[must_use]
    pub fn made(&self) -> Signature {
        self.made.unwrap_or(self.signature)
    }

    /// Whether `maker`, with this key, made the batch in the round that is said.
    #[must_use]
    pub fn is_made_by(&self, maker: NodeId, key: &VerifyingKey) -> bool {
        let is_again = self.announcement.valid_round.is_some();
        is_again == self.made.is_some() && key.verify(&self.announcement.as_made_by(maker), &self.made()).is_ok()
    }

    /// What a first part brings.
    #[must_use]
    pub(super) fn received(signed: Signed, made: Option<Signature>) -> Self {
        let Signed { announcement, signature } = signed;
        Self { announcement, signature, made }
    }

    fn into_part(self) -> Part {
        let Self { announcement, signature, made } = self;
        let signed = Box::new(Signed { announcement, signature });
        match made {
            None => Part::Opening(signed),
            Some(made) => Part::Again(signed, made),
        }
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
    let pieces = batch.chunks(PART_BYTES).map(|piece| Part::Piece(piece.to_vec()));
    std::iter::once(opening.into_part()).chain(pieces).collect()
}
