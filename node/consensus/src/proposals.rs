//! Proposed batches on their way: received, checked, stored, and sent.

use arc_malachitebft_app_channel::NetworkMsg;
use arc_malachitebft_app_channel::app::streaming::StreamContent;
use arc_malachitebft_app_channel::app::types::ProposedValue;
use arc_malachitebft_app_channel::app::types::core::Validity;
use arc_malachitebft_app_channel::app::types::streaming::{StreamId, StreamMessage};
use bytes::Bytes;
use medshare_ledger::id::Height;
use tokio::sync::mpsc;

use super::context::{Address, BatchHash, Context, EngineHeight};
use super::limits::MAX_EARLY_PROPOSALS;
use super::part::{Announcement, Part};
use super::streams::Whole;
use super::undecided::Proposed;

/// Whole proposals of heights that have not begun.
#[derive(Default)]
pub(super) struct Early(Vec<Whole>);

impl Early {
    /// Keeps a proposal; when there are too many, the one furthest ahead goes.
    pub(super) fn keep(&mut self, whole: Whole) {
        if self.0.contains(&whole) {
            return;
        }
        self.0.push(whole);
        if self.0.len() > MAX_EARLY_PROPOSALS {
            self.0.sort_by_key(|whole| (whole.opening.announcement.height, whole.opening.announcement.round));
            self.0.pop();
        }
    }

    /// Takes the proposals of `height` and drops those below.
    pub(super) fn take(&mut self, height: Height) -> Vec<Whole> {
        self.0.retain(|whole| whole.height() >= height);
        let (due, later) = std::mem::take(&mut self.0).into_iter().partition(|whole| whole.height() == height);
        self.0 = later;
        due
    }

    pub(super) fn has(&self, height: Height) -> bool {
        self.0.iter().any(|whole| whole.height() == height)
    }
}

/// What is stored of an announced batch.
pub(super) fn proposed(announcement: &Announcement) -> Proposed {
    Proposed {
        height: announcement.height,
        round: announcement.round,
        valid_round: announcement.valid_round,
        made_in: announcement.made_in,
        proposer: announcement.proposer,
        hash: announcement.hash,
    }
}

/// What the engine is told of a proposal.
pub(super) fn value(proposed: &Proposed, validity: Validity) -> ProposedValue<Context> {
    ProposedValue {
        height: EngineHeight(proposed.height),
        round: Some(proposed.round).into(),
        valid_round: proposed.valid_round.into(),
        proposer: Address(proposed.proposer),
        value: BatchHash(proposed.hash),
        validity,
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
