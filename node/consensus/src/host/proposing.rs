//! Batches that are proposed: made, received, checked, fetched, and stored before the engine hears of them.

use arc_malachitebft_app_channel::Reply;
use arc_malachitebft_app_channel::app::engine::host::SyncedValueOutcome;
use arc_malachitebft_app_channel::app::types::core::Validity;
use arc_malachitebft_app_channel::app::types::streaming::StreamMessage;
use arc_malachitebft_app_channel::app::types::{LocallyProposedValue, PeerId, ProposedValue};
use bytes::Bytes;
use medshare_crypto::hash::Hash32;
use medshare_ledger::id::{Height, NodeId};

use super::{Host, answer};
use crate::application::{Application, Verdict};
use crate::context::{BatchHash, Context, EngineHeight, Round};
use crate::fault::Fault;
use crate::limits::{MAX_BATCH_BYTES, MAX_PROPOSALS_PER_ROUND};
use crate::part::{self, Announcement, Opening, Part};
use crate::proposals;
use crate::streams::{Standing, Whole};
use crate::undecided::Proposed;

impl<A: Application> Host<'_, A> {
    /// A batch of our own; the same one for the same height and round, also after a restart.
    pub(super) async fn propose(
        &mut self,
        height: Height,
        round: Round,
        reply: Reply<LocallyProposedValue<Context>>,
    ) -> Result<(), Fault> {
        let Some(number) = round.as_u32() else {
            return Ok(());
        };
        let proposed = match self.undecided.made_by(self.setup.node, height, number) {
            Some(proposed) => proposed.clone(),
            None => {
                let candidate = self.app.propose(height, number).await?;
                if candidate.bytes.is_empty() || candidate.bytes.len() > MAX_BATCH_BYTES {
                    let bytes = candidate.bytes.len();
                    tracing::error!(bytes, limit = MAX_BATCH_BYTES, "a batch of this length cannot be proposed");
                    return Ok(());
                }
                let proposed = Proposed {
                    height,
                    round: number,
                    valid_round: None,
                    made_in: number,
                    proposer: self.setup.node,
                    hash: candidate.hash,
                };
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
        let announcement = Announcement {
            network: self.setup.network,
            height: proposed.height,
            round: proposed.round,
            valid_round: proposed.valid_round,
            made_in: proposed.made_in,
            proposer: proposed.proposer,
            hash: proposed.hash,
            bytes: batch.len() as u32,
        };
        self.outbound.send(part::cut(Opening::sign(announcement, &self.setup.key), &batch)).await;
    }

    pub(super) async fn take_part(
        &mut self,
        peer: PeerId,
        part: StreamMessage<Part>,
    ) -> Result<Option<ProposedValue<Context>>, Fault> {
        let round = if self.is_between_heights() { 0 } else { self.round };
        let standing = Standing { height: self.height, round, members: &self.members };
        let whole = match self.streams.take(peer, part, &standing) {
            Ok(Some(whole)) => whole,
            Ok(None) => return Ok(None),
            Err(refused) => {
                tracing::debug!(%peer, %refused, "a proposal part was dropped");
                return Ok(None);
            }
        };
        let is_current = whole.height() == self.height;
        if is_current && !self.is_between_heights() {
            return self.judge(whole).await;
        }
        self.early.keep(whole);
        if is_current {
            self.start_next();
        }
        Ok(None)
    }

    /// Checks a proposal of the current height, and stores it if it is valid.
    pub(super) async fn judge(&mut self, whole: Whole) -> Result<Option<ProposedValue<Context>>, Fault> {
        let Whole { opening, bytes } = whole;
        let announcement = &opening.announcement;
        // It may have been kept since before the members of its height were known.
        if self.members.proposer_id(announcement.round) != announcement.proposer {
            return Ok(None);
        }
        let proposed = proposals::proposed(announcement);
        let is_known = self.undecided.batch(proposed.hash).is_some_and(|known| known == bytes);
        if !is_known {
            if self.undecided.of_round(proposed.height, proposed.round).count() >= MAX_PROPOSALS_PER_ROUND {
                return Ok(None);
            }
            let maker = self.members.proposer_id(proposed.made_in);
            let reason = match self.app.check(proposed.height, proposed.made_in, maker, &bytes).await? {
                Verdict::Valid(hash) if hash == proposed.hash => None,
                Verdict::Valid(_) => Some("its hash is not the announced one".to_owned()),
                Verdict::Invalid { reason } => Some(reason),
            };
            if let Some(reason) = reason {
                tracing::warn!(height = %proposed.height, proposer = %proposed.proposer, reason, "a proposed batch is invalid");
                return Ok(Some(proposals::value(&proposed, Validity::Invalid)));
            }
        }
        let proposal = proposals::value(&proposed, Validity::Valid);
        self.store(proposed, bytes)?;
        // One is enough: whoever proposes can sign the same many times.
        if !self.openings.iter().any(|known| known.is_of_the_same(&opening)) {
            self.openings.push(opening);
        }
        Ok(Some(proposal))
    }

    /// A batch that a quorum decided; the engine has verified the certificate, and compares its hash with ours.
    pub(super) fn take_fetched(
        &mut self,
        height: Height,
        round: Round,
        proposer: NodeId,
        bytes: Bytes,
    ) -> Result<SyncedValueOutcome<Context>, Fault> {
        let hash = self.app.identify(height, &bytes);
        let (Some(hash), Some(round)) = (hash, round.as_u32()) else {
            return Ok(SyncedValueOutcome::PeerFault);
        };
        // Who made it and when does not matter any more.
        let proposed = Proposed { height, round, valid_round: None, made_in: round, proposer, hash };
        let proposal = proposals::value(&proposed, Validity::Valid);
        self.store(proposed, bytes)?;
        self.is_fetched = true;
        Ok(SyncedValueOutcome::Verdict(proposal))
    }

    fn store(&mut self, proposed: Proposed, bytes: Bytes) -> Result<(), Fault> {
        tokio::task::block_in_place(|| self.undecided.add(proposed, bytes))
            .map_err(|error| Fault::new("storing a proposed batch", error))
    }
}
