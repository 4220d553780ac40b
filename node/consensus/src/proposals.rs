//! Proposed batches on their way: as they are announced, stored, told to the engine, and sent.

use arc_malachitebft_app_channel::NetworkMsg;
use arc_malachitebft_app_channel::app::streaming::StreamContent;
use arc_malachitebft_app_channel::app::types::ProposedValue;
use arc_malachitebft_app_channel::app::types::core::Validity;
use arc_malachitebft_app_channel::app::types::streaming::{StreamId, StreamMessage};
use bytes::Bytes;
use medshare_crypto::hash::Hash32;
use medshare_ledger::id::{Height, NetworkId, NodeId};
use tokio::sync::mpsc;

use super::context::{Address, BatchHash, Context, EngineHeight, Round};
use super::part::{Announcement, Opening, Part};
use super::undecided::Proposed;

/// What is stored of an announced batch.
pub(super) fn proposed(opening: &Opening) -> Proposed {
    let announcement = &opening.announcement;
    Proposed {
        height: announcement.height,
        round: announcement.round,
        valid_round: announcement.valid_round,
        made_in: announcement.made_in,
        proposer: announcement.proposer,
        hash: announcement.hash,
        made: opening.made(),
    }
}

/// What is announced of a stored batch of this length.
pub(super) fn announcement(network: NetworkId, proposed: &Proposed, bytes: u32) -> Announcement {
    Announcement {
        network,
        height: proposed.height,
        round: proposed.round,
        valid_round: proposed.valid_round,
        made_in: proposed.made_in,
        proposer: proposed.proposer,
        hash: proposed.hash,
        bytes,
    }
}

/// What the engine is told of a proposal that is valid; of one that is not it is told nothing.
///
/// The engine ties what it is told to the hash alone, in every round of the height: "invalid" would have it vote against whoever else
/// proposes that batch. Silence costs the time that a proposal is waited for, as a proposer does that proposes nothing.
pub(super) fn valid(proposed: &Proposed) -> ProposedValue<Context> {
    ProposedValue {
        height: EngineHeight(proposed.height),
        round: Some(proposed.round).into(),
        valid_round: proposed.valid_round.into(),
        proposer: Address(proposed.proposer),
        value: BatchHash(proposed.hash),
        validity: Validity::Valid,
    }
}

/// What the engine is told of a batch that is said to be decided in a round. Who made it and when does not matter any more.
pub(super) fn decided(height: Height, round: Round, proposer: NodeId, hash: Hash32) -> ProposedValue<Context> {
    ProposedValue {
        height: EngineHeight(height),
        round,
        valid_round: Round::Nil,
        proposer: Address(proposer),
        value: BatchHash(hash),
        validity: Validity::Valid,
    }
}

/// Sends parts to all peers, in streams of their own.
pub(super) struct Outbound {
    network: mpsc::Sender<NetworkMsg<Context>>,
    /// Tells this run's streams from those of a run before, whose ends may never have come.
    run: u64,
    sent: u64,
}

impl Outbound {
    pub(super) fn new(network: mpsc::Sender<NetworkMsg<Context>>, run: u64) -> Self {
        Self { network, run, sent: 0 }
    }

    /// Streams a batch. When the engine is ending, the rest is left out.
    pub(super) async fn send(&mut self, parts: Vec<Part>) {
        self.sent += 1;
        let id = StreamId::new(Bytes::from([self.run.to_be_bytes(), self.sent.to_be_bytes()].concat()));
        let contents = parts.into_iter().map(StreamContent::Data).chain([StreamContent::Fin]);
        for (sequence, content) in (0..).zip(contents) {
            let message = StreamMessage::new(id.clone(), sequence, content);
            if self.network.send(NetworkMsg::PublishProposalPart(message)).await.is_err() {
                tracing::warn!("the engine ended while a proposal was being sent");
                return;
            }
        }
    }
}
