//! Batches that others propose, looked at before the engine hears of them.

use arc_malachitebft_app_channel::app::engine::host::SyncedValueOutcome;
use arc_malachitebft_app_channel::app::types::PeerId;
use arc_malachitebft_app_channel::app::types::streaming::StreamMessage;
use bytes::Bytes;
use medshare_crypto::hash::Hash32;
use medshare_ledger::id::{Height, NodeId};

use super::Host;
use crate::application::{Application, Verdict};
use crate::context::{Context, Round};
use crate::docket::Case;
use crate::fault::Fault;
use crate::limits::MAX_PROPOSALS_PER_ROUND;
use crate::part::Part;
use crate::proposals;
use crate::streams::{Standing, Whole};
use crate::undecided::Proposed;

impl<A: Application> Host<'_, A> {
    /// Takes a part of a proposal. A proposal of a height or round that has not begun waits for it: only what may be voted on now
    /// is worth the work of a check.
    pub(super) fn take_part(&mut self, peer: PeerId, part: StreamMessage<Part>) -> Result<(), Fault> {
        if !self.considered.hears(&peer) {
            return Ok(());
        }
        let round = if self.is_between_heights() { 0 } else { self.round };
        let standing = Standing { height: self.height, round, members: &self.members };
        let whole = match self.streams.take(peer, part, &standing) {
            Ok(Some(whole)) => whole,
            Ok(None) => return Ok(()),
            Err(refused) => {
                tracing::debug!(%peer, %refused, "a proposal part was dropped");
                return Ok(());
            }
        };
        let is_current = whole.height() == self.height;
        if is_current && !self.is_between_heights() && whole.round() <= self.round {
            return self.consider(peer, whole);
        }
        let is_first = is_current && whole.round() == 0;
        self.early.keep(peer, whole);
        if is_first {
            self.start_next();
        }
        Ok(())
    }

    /// Has a proposal of a round that has begun checked, if it is one that was announced.
    pub(super) fn consider(&mut self, peer: PeerId, whole: Whole) -> Result<(), Fault> {
        let Whole { opening, bytes } = whole;
        let proposed = proposals::proposed(&opening);
        // It may have been kept since before the members of its height were known, or until after it was decided.
        if proposed.height != self.height || self.members.proposer_id(proposed.round) != proposed.proposer {
            return Ok(());
        }
        if !self.considered.hears(&peer) || !self.considered.admits(&proposed) {
            return Ok(());
        }
        let maker = self.members.proposer(proposed.made_in);
        if !opening.is_made_by(maker.id(), maker.key()) {
            tracing::warn!(proposer = %proposed.proposer, "a batch is proposed again that nobody made in the round that is said");
            return Ok(());
        }
        // What was decided there comes with its certificate.
        if self.is_ruled_out(proposed.height, Some(proposed.hash)) {
            return Ok(());
        }
        if !self.is_batch(proposed.height, proposed.hash, &bytes) {
            tracing::warn!(%peer, height = %proposed.height, "other bytes were streamed than the batch that was announced");
            self.considered.distrust(peer);
            return Ok(());
        }
        self.considered.add(proposed.clone());
        self.docket.file(Case { proposed, opening, bytes });
        self.begin_checks()
    }

    /// Begins the checks that may begin in this round.
    pub(super) fn begin_checks(&mut self) -> Result<(), Fault> {
        while let Some(case) = self.docket.next((self.height, self.round)) {
            let proposed = &case.proposed;
            let maker = self.members.proposer_id(proposed.made_in);
            match self.known_verdict(proposed, maker) {
                Some(verdict) => self.judge(case, verdict)?,
                None => {
                    let checking = self.app.check(proposed.height, proposed.made_in, maker, &case.bytes);
                    self.docket.begin(case, checking);
                }
            }
        }
        Ok(())
    }

    /// Takes what came of a check.
    pub(super) fn end_check(&mut self, case: Case, checked: Result<Verdict, Fault>) -> Result<(), Fault> {
        // Of a height that was decided meanwhile nothing counts any more, also no fault: what it was checked against has changed.
        if case.proposed.height == self.height {
            self.judge(case, checked?)?;
        }
        self.begin_checks()
    }

    /// Stores a proposal if it is valid, and tells the engine. It hears of no other.
    fn judge(&mut self, case: Case, verdict: Verdict) -> Result<(), Fault> {
        let Case { proposed, opening, bytes } = case;
        let reason = match verdict {
            Verdict::Valid(hash) if hash == proposed.hash => None,
            Verdict::Valid(_) => Some("its hash is not the announced one".to_owned()),
            Verdict::Invalid { reason } => Some(reason),
        };
        if let Some(reason) = reason {
            tracing::warn!(height = %proposed.height, proposer = %proposed.proposer, reason, "a proposed batch is invalid");
            return Ok(());
        }
        // What others prove may have come while it was checked.
        if self.is_ruled_out(proposed.height, Some(proposed.hash)) {
            return Ok(());
        }
        // What was stored before a restart counts as well.
        let stored = || self.undecided.of_round(proposed.height, proposed.round);
        if stored().count() >= MAX_PROPOSALS_PER_ROUND && stored().all(|stored| !stored.is_the_same(&proposed)) {
            return Ok(());
        }
        let proposal = proposals::valid(&proposed);
        self.store(proposed, bytes)?;
        // One is enough: whoever proposes can sign the same many times.
        if !self.openings.iter().any(|known| known.is_of_the_same(&opening)) {
            self.openings.push(opening);
        }
        (self.tell)(proposal);
        Ok(())
    }

    /// Whether these are the bytes of the batch with that hash, whoever announced and streamed them.
    fn is_batch(&mut self, height: Height, hash: Hash32, bytes: &Bytes) -> bool {
        match self.undecided.batch(hash) {
            Some(known) => known == bytes,
            None => tokio::task::block_in_place(|| self.app.identify(height, bytes)) == Some(hash),
        }
    }

    /// What is to be thought of a batch that this node has, which is the same as if it had not.
    fn known_verdict(&self, proposed: &Proposed, maker: NodeId) -> Option<Verdict> {
        let known = self.undecided.of_batch(proposed.hash)?;
        Some(match self.members.proposer_id(known.made_in) == maker {
            true => Verdict::Valid(proposed.hash),
            false => Verdict::Invalid { reason: "the batch names another proposer".to_owned() },
        })
    }

    /// A batch that is said to be decided; the engine has verified the certificate, and compares its hash with ours.
    pub(super) fn take_fetched(
        &mut self,
        height: Height,
        round: Round,
        proposer: NodeId,
        bytes: Bytes,
    ) -> SyncedValueOutcome<Context> {
        let hash = tokio::task::block_in_place(|| self.app.identify(height, &bytes));
        let Some(hash) = hash else {
            return SyncedValueOutcome::PeerFault;
        };
        self.fetched.keep(hash, bytes);
        SyncedValueOutcome::Verdict(proposals::decided(height, round, proposer, hash))
    }
}
