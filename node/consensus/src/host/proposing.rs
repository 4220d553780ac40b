//! Batches that this node proposes: made, streamed, and stored before the engine hears of them.

use arc_malachitebft_app_channel::app::types::LocallyProposedValue;
use bytes::Bytes;
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::Signature;
use medshare_ledger::id::{Height, NodeId};
use ractor::RpcReplyPort;

use super::{Host, answer};
use crate::application::Application;
use crate::context::{BatchHash, Context, EngineHeight, Round};
use crate::fault::Fault;
use crate::limits::MAX_BATCH_BYTES;
use crate::part::{self, Announcement, Opening};
use crate::proposals;
use crate::undecided::Proposed;

impl<A: Application> Host<'_, A> {
    /// A batch of our own; the same one for the same height and round, also after a restart.
    pub(super) async fn propose(
        &mut self,
        height: Height,
        round: Round,
        reply: RpcReplyPort<LocallyProposedValue<Context>>,
    ) -> Result<(), Fault> {
        let Some(number) = round.as_u32() else {
            return Ok(());
        };
        let made = self.undecided.made_by(self.setup.node, height, number).cloned();
        if self.is_ruled_out(height, made.as_ref().map(|proposed| proposed.hash)) {
            return Ok(());
        }
        let proposed = match made {
            Some(proposed) => proposed,
            None => {
                let candidate = self.app.propose(height, number).await?;
                if candidate.bytes.is_empty() || candidate.bytes.len() > MAX_BATCH_BYTES {
                    let bytes = candidate.bytes.len();
                    tracing::error!(bytes, limit = MAX_BATCH_BYTES, "a batch of this length cannot be proposed");
                    return Ok(());
                }
                let announced = Announcement {
                    network: self.setup.network,
                    height,
                    round: number,
                    valid_round: None,
                    made_in: number,
                    proposer: self.setup.node,
                    hash: candidate.hash,
                    bytes: candidate.bytes.len() as u32,
                };
                let proposed = proposals::proposed(&Opening::sign(announced, &self.setup.key));
                self.store(proposed.clone(), candidate.bytes)?;
                proposed
            }
        };
        answer(reply, LocallyProposedValue::new(EngineHeight(height), round, BatchHash(proposed.hash)));
        self.send(&proposed).await;
        Ok(())
    }

    /// Streams a batch that was streamed before: in a later round of ours, because a quorum prevoted it, or as its proposer signed it,
    /// because others lack what this node holds to.
    pub(super) async fn stream_again(
        &mut self,
        height: Height,
        round: Round,
        valid_round: Round,
        proposer: NodeId,
        hash: Hash32,
    ) {
        // The engine may hold to it since before it was known what was decided.
        if self.is_ruled_out(height, Some(hash)) {
            return;
        }
        if proposer != self.setup.node {
            let is_meant = |opening: &&Opening| {
                let Announcement { round: of, valid_round: rests_on, hash: named, .. } = opening.announcement;
                (Some(of), rests_on, named) == (round.as_u32(), valid_round.as_u32(), hash)
            };
            let opening = self.openings.iter().find(is_meant).cloned();
            if let (Some(opening), Some(batch)) = (opening, self.undecided.batch(hash)) {
                self.outbound.send(part::cut(opening, &batch)).await;
            }
            return;
        }
        let known = self.undecided.of_batch(hash).cloned();
        let (Some(known), Some(round)) = (known, round.as_u32()) else {
            tracing::warn!(%height, "a batch that should be proposed again is not stored here");
            return;
        };
        let valid_round = valid_round.as_u32();
        let again = Proposed { height, round, valid_round, proposer: self.setup.node, ..known };
        self.send(&again).await;
    }

    async fn send(&mut self, proposed: &Proposed) {
        let Some(batch) = self.undecided.batch(proposed.hash) else {
            return;
        };
        let announcement = proposals::announcement(self.setup.network, proposed, batch.len() as u32);
        let opening = match proposed.valid_round {
            None => Opening::sign(announcement, &self.setup.key),
            Some(_) => {
                let made = self.made(proposed, &announcement);
                Opening::sign_again(announcement, made, &self.setup.key)
            }
        };
        self.outbound.send(part::cut(opening, &batch)).await;
    }

    /// The signature under which a batch was first announced. Under a batch of its own, of which a build of before kept none, a node
    /// sets it again.
    fn made(&self, proposed: &Proposed, announcement: &Announcement) -> Signature {
        match proposed.is_vouched_for() || self.members.proposer_id(proposed.made_in) != self.setup.node {
            true => proposed.made,
            false => self.setup.key.sign(&announcement.as_made_by(self.setup.node)),
        }
    }

    pub(super) fn store(&mut self, proposed: Proposed, bytes: Bytes) -> Result<(), Fault> {
        tokio::task::block_in_place(|| self.undecided.add(proposed, bytes))
            .map_err(|error| Fault::new("storing a proposed batch", error))
    }
}
