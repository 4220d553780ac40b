//! Heights and rounds as they begin and end.

use std::ops::ControlFlow;
use std::time::Duration;

use arc_malachitebft_app_channel::app::engine::host::{HeightParams, Next};
use arc_malachitebft_app_channel::app::types::ProposedValue;
use arc_malachitebft_app_channel::app::types::core::CommitCertificate;
use medshare_ledger::id::Height;
use ractor::RpcReplyPort;
use tokio::time::Instant;

use super::{Ended, FirstHeight, Host, answer, members_of};
use crate::application::Application;
use crate::certificate;
use crate::config::Timing;
use crate::context::{Context, EngineHeight, Round};
use crate::fault::Fault;
use crate::neighbours::Neighbours;
use crate::proposals;
use crate::timeouts::Timeouts;
use crate::undecided::Proposed;

/// How long the others may take to prove how far they are, before the first vote. Longer than one that is not connected takes to count
/// as away, so that one that does not answer costs a start no more than this.
const PROOFS_WITHIN: Duration = Duration::from_secs(3);

impl FirstHeight {
    /// Waits until the others hear what this node proposes, and have proven how far they are; or it is known that they have decided the
    /// height, which is fetched once it has begun. For ever when no first height waits.
    pub(super) async fn is_due(first: Option<&Self>, neighbours: &Neighbours, tip: Height) {
        let Some(Self { audience, others, by, members, proofs_by, .. }) = first else {
            return std::future::pending().await;
        };
        let heard = async { tokio::join!(audience.gathered(*others, *by), neighbours.heard(members, *proofs_by)) };
        tokio::select! {
            _ = heard => {}
            _ = neighbours.ahead_of(tip) => {}
        }
    }
}

impl<A: Application> Host<'_, A> {
    /// Keeps the engine's question for the first height until the others listen. One that observes proposes nothing, and waits for
    /// nobody.
    pub(super) fn hold_first(&mut self, reply: RpcReplyPort<(EngineHeight, HeightParams<Context>)>) {
        match self.audience.take().filter(|_| !self.setup.role.observes()) {
            Some(audience) => {
                let others = self.setup.neighbours.reached(self.members.others(self.setup.node));
                let members = self.members.others(self.setup.node).collect();
                let (by, proofs_by) = (Instant::now() + self.setup.timing.propose, Instant::now() + PROOFS_WITHIN);
                self.first = Some(FirstHeight { reply, audience, others, by, members, proofs_by });
            }
            None => answer(reply, (EngineHeight(self.height), self.params())),
        }
    }

    pub(super) fn start_first(&mut self) {
        if let Some(first) = self.first.take() {
            answer(first.reply, (EngineHeight(self.height), self.params()));
        }
    }

    pub(super) fn params(&self) -> HeightParams<Context> {
        let Timing { target, .. } = self.setup.timing;
        let is_away = |node| self.setup.neighbours.is_away(node);
        let timeouts = Timeouts::new(self.setup.timing.to_engine(), target, &self.members, is_away);
        // No target time: see `pace`.
        HeightParams::new(self.members.clone(), timeouts, None)
    }

    /// The valid proposals of a round that begins, as far as they are known. The engine votes on nothing before it is answered, so
    /// what came early is looked at afterwards.
    pub(super) fn begin_round(&mut self, height: Height, round: Round) -> Vec<ProposedValue<Context>> {
        let Some(round) = round.as_u32() else {
            return Vec::new();
        };
        if round == 0 {
            self.pace.begin();
        }
        (self.begun, self.round) = (height, round);
        self.progress.send_modify(|progress| {
            progress.lost_rounds += u64::from(round.saturating_sub(progress.round));
            progress.round = round;
        });
        self.due.extend(self.early.take(height, round));
        // What may be voted on in this round comes first.
        self.due.make_contiguous().sort_by_key(|(_, whole)| whole.round() != round);
        let mut known: Vec<Proposed> = self.undecided.of_round(height, round).cloned().collect();
        known.retain(|proposed| !self.is_ruled_out(height, Some(proposed.hash)));
        known.iter().map(proposals::valid).collect()
    }

    /// Looks at one of the proposals that came before their round.
    pub(super) fn consider_due(&mut self) -> Result<(), Fault> {
        match self.due.pop_front() {
            Some((peer, whole)) => self.consider(peer, whole),
            None => Ok(()),
        }
    }

    pub(super) async fn commit(
        &mut self,
        certificate: CommitCertificate<Context>,
    ) -> Result<ControlFlow<Ended>, Fault> {
        let hash = certificate.value_id;
        let height = certificate.height.0;
        let tip = self.app.tip();
        if height <= tip {
            return Ok(ControlFlow::Continue(()));
        }
        let proposed = self.undecided.batch(hash);
        let fetched = proposed.is_none();
        let Some(bytes) = proposed.or_else(|| self.fetched.batch(hash)) else {
            return Ok(ControlFlow::Break(Ended::BatchLost(height)));
        };
        if tip == Height(0) {
            self.setup.files.spend_founding().map_err(|error| Fault::new("spending the founding marker", error))?;
        }
        self.app.commit(bytes, certificate::to_ledger(&certificate)).await?;
        self.undecided.prune(height).map_err(|error| Fault::new("emptying the stored proposals", error))?;
        self.streams.forget(height);
        self.openings.clear();
        self.considered.clear();
        self.docket.clear();
        self.due.clear();
        self.fetched.clear();
        self.height = self.app.tip().next();
        self.members = members_of(self.app, self.height)?;
        self.early.keep_due(self.height, &self.members);
        let (tip, role) = (self.app.tip(), self.setup.role);
        self.progress.send_modify(|progress| {
            progress.tip = tip;
            progress.round = 0;
            progress.fetched += u64::from(fetched);
            progress.committed_at = Instant::now();
            progress.abstains = role.abstains(tip);
        });
        self.is_catching_up = fetched;
        self.impatient_at = Instant::now() + self.setup.patience;
        Ok(ControlFlow::Continue(()))
    }

    pub(super) fn finish_height(&mut self, reply: RpcReplyPort<Next<Context>>) -> Result<ControlFlow<Ended>, Fault> {
        if self.setup.role.observes() && !self.setup.role.abstains(self.app.tip()) {
            return Ok(ControlFlow::Break(Ended::MayVote));
        }
        self.pace.hold((reply, Next::Start(EngineHeight(self.height), self.params())));
        if self.is_catching_up || self.app.has_waiting() || self.early.has_first(self.height) {
            self.start_next();
        }
        Ok(ControlFlow::Continue(()))
    }

    pub(super) fn is_between_heights(&self) -> bool {
        self.begun != self.height
    }

    pub(super) fn start_next(&mut self) {
        if let Some((reply, next)) = self.pace.release() {
            answer(reply, next);
        }
    }
}
