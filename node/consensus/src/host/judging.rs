//! Batches that others propose, looked at before the engine hears of them.

use arc_malachitebft_app_channel::app::engine::host::SyncedValueOutcome;
use arc_malachitebft_app_channel::app::types::streaming::StreamMessage;
use arc_malachitebft_app_channel::app::types::{PeerId, ProposedValue};
use bytes::Bytes;
use medshare_crypto::hash::Hash32;
use medshare_ledger::id::{Height, NodeId};

use super::Host;
use crate::application::{Application, Verdict};
use crate::context::{Context, Round};
use crate::fault::Fault;
use crate::limits::MAX_PROPOSALS_PER_ROUND;
use crate::part::Part;
use crate::proposals;
use crate::streams::{Standing, Whole};
use crate::undecided::Proposed;

impl<A: Application> Host<'_, A> {
    /// Takes a part of a proposal. A proposal of a height or round that has not begun waits for it: only what may be voted on now
    /// is worth the work of a check.
    pub(super) async fn take_part(
        &mut self,
        peer: PeerId,
        part: StreamMessage<Part>,
    ) -> Result<Option<ProposedValue<Context>>, Fault> {
        if !self.considered.hears(&peer) {
            return Ok(None);
        }
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
        if is_current && !self.is_between_heights() && whole.round() <= self.round {
            return self.judge(peer, whole).await;
        }
        let is_first = is_current && whole.round() == 0;
        self.early.keep(peer, whole);
        if is_first {
            self.start_next();
        }
        Ok(None)
    }

    /// Looks at a proposal of a round that has begun, and stores it if it is valid. The engine hears of no other.
    pub(super) async fn judge(&mut self, peer: PeerId, whole: Whole) -> Result<Option<ProposedValue<Context>>, Fault> {
        let Whole { opening, bytes } = whole;
        let proposed = proposals::proposed(&opening.announcement);
        // It may have been kept since before the members of its height were known.
        if self.members.proposer_id(proposed.round) != proposed.proposer {
            return Ok(None);
        }
        if !self.considered.hears(&peer) || !self.considered.admits(&proposed) {
            return Ok(None);
        }
        // What was decided there comes with its certificate.
        if self.setup.neighbours.rule_out(proposed.height, Some(proposed.hash)) {
            return Ok(None);
        }
        if !self.is_batch(proposed.height, proposed.hash, &bytes) {
            tracing::warn!(%peer, height = %proposed.height, "other bytes were streamed than the batch that was announced");
            self.considered.distrust(peer);
            return Ok(None);
        }
        self.considered.add(proposed.clone());
        if let Verdict::Invalid { reason } = self.verdict(&proposed, &bytes).await? {
            tracing::warn!(height = %proposed.height, proposer = %proposed.proposer, reason, "a proposed batch is invalid");
            return Ok(None);
        }
        // What was stored before a restart counts as well.
        let stored = || self.undecided.of_round(proposed.height, proposed.round);
        if stored().count() >= MAX_PROPOSALS_PER_ROUND && stored().all(|stored| *stored != proposed) {
            return Ok(None);
        }
        let proposal = proposals::valid(&proposed);
        self.store(proposed, bytes)?;
        // One is enough: whoever proposes can sign the same many times.
        if !self.openings.iter().any(|known| known.is_of_the_same(&opening)) {
            self.openings.push(opening);
        }
        Ok(Some(proposal))
    }

    /// Whether these are the bytes of the batch with that hash, whoever announced and streamed them.
    fn is_batch(&mut self, height: Height, hash: Hash32, bytes: &Bytes) -> bool {
        match self.undecided.batch(hash) {
            Some(known) => known == bytes,
            None => tokio::task::block_in_place(|| self.app.identify(height, bytes)) == Some(hash),
        }
    }

    /// What is to be thought of a batch, which is the same whether or not this node has it already.
    async fn verdict(&mut self, proposed: &Proposed, bytes: &Bytes) -> Result<Verdict, Fault> {
        let maker = self.members.proposer_id(proposed.made_in);
        let Some(known) = self.undecided.of_batch(proposed.hash) else {
            let verdict = self.app.check(proposed.height, proposed.made_in, maker, bytes).await?;
            return Ok(match verdict {
                Verdict::Valid(hash) if hash != proposed.hash => invalid("its hash is not the announced one"),
                verdict => verdict,
            });
        };
        Ok(match self.members.proposer_id(known.made_in) == maker {
            true => Verdict::Valid(proposed.hash),
            false => invalid("the batch names another proposer"),
        })
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
        let proposal = proposals::valid(&proposed);
        self.store(proposed, bytes)?;
        self.is_fetched = true;
        Ok(SyncedValueOutcome::Verdict(proposal))
    }
}

fn invalid(reason: &str) -> Verdict {
    Verdict::Invalid { reason: reason.to_owned() }
}
