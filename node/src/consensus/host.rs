//! The loop between engine and application: one message at a time.

use std::ops::ControlFlow;
use std::sync::Arc;

use arc_malachitebft_app_channel::app::consensus::VoteExtensionError;
use arc_malachitebft_app_channel::app::engine::host::{HeightParams, Next, SyncedValueOutcome};
use arc_malachitebft_app_channel::app::types::core::{CommitCertificate, Validity};
use arc_malachitebft_app_channel::app::types::sync::RawDecidedValue;
use arc_malachitebft_app_channel::app::types::{LocallyProposedValue, PeerId, ProposedValue};
use arc_malachitebft_app_channel::app::types::streaming::StreamMessage;
use arc_malachitebft_app_channel::{AppMsg, Reply};
use bytes::Bytes;
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use medshare_ledger::id::{Height, NetworkId, NodeId};
use tokio::sync::{mpsc, watch};

use super::application::{Application, DecidedBatch, Verdict};
use super::certificate;
use super::config::Timing;
use super::context::{BatchHash, Context, EngineHeight, Round};
use super::fault::{Fault, Halt};
use super::limits::{MAX_BATCH_BYTES, MAX_PROPOSALS_PER_ROUND, SYNC_ANSWER_BYTES, SYNC_BATCHES};
use super::members::Members;
use super::pace::{Pace, Wake};
use super::part::{self, Announcement, Part};
use super::proposals::{self, Early, Outbound};
use super::streams::{Standing, Streams, Whole};
use super::undecided::{Proposed, Undecided};
use super::watchdog::Progress;

/// Why the loop ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The engine closed its channel.
    EngineGone,
    /// The last height that this node abstains in was decided.
    MayVote,
}

/// What stays the same while the engine runs.
pub(super) struct Setup {
    pub(super) network: NetworkId,
    pub(super) node: NodeId,
    pub(super) key: Arc<SigningKey>,
    pub(super) timing: Timing,
    pub(super) wake: Wake,
    pub(super) halt: Halt,
    pub(super) abstains_through: Option<Height>,
}

type NextHeight = (Reply<Next<Context>>, Next<Context>);

/// The application's side of the engine.
pub(super) struct Host<'a, A> {
    setup: &'a Setup,
    app: &'a mut A,
    undecided: Undecided,
    outbound: Outbound,
    progress: &'a watch::Sender<Progress>,
    streams: Streams,
    early: Early,
    pace: Pace<NextHeight>,
    /// The height above the tip, and its members.
    height: Height,
    members: Members,
    /// The height that the engine began last, and its round.
    begun: Height,
    round: u32,
    /// Whether the batch of `height` came from another node, with its certificate.
    is_fetched: bool,
    /// Whether that was so of the height before.
    is_catching_up: bool,
}

impl<'a, A: Application> Host<'a, A> {
    pub(super) fn new(
        setup: &'a Setup,
        app: &'a mut A,
        undecided: Undecided,
        outbound: Outbound,
        progress: &'a watch::Sender<Progress>,
    ) -> Result<Self, Fault> {
        let height = app.tip().next();
        let members = members_of(app, height)?;
        Ok(Self {
            setup,
            app,
            undecided,
            outbound,
            progress,
            streams: Streams::new(setup.network),
            early: Early::default(),
            pace: Pace::new(setup.timing.target),
            height,
            members,
            begun: Height(0),
            round: 0,
            is_fetched: false,
            is_catching_up: false,
        })
    }

    /// Serves the engine until it ends. A fault halts the node: then nothing is answered any more.
    pub(super) async fn run(&mut self, messages: &mut mpsc::Receiver<AppMsg<Context>>) -> Ended {
        loop {
            tokio::select! {
                message = messages.recv() => {
                    let Some(message) = message else { return Ended::EngineGone };
                    match self.serve(message).await {
                        Ok(ControlFlow::Continue(())) => {}
                        Ok(ControlFlow::Break(ended)) => return ended,
                        Err(fault) => return self.setup.halt.raise_and_park(fault).await,
                    }
                }
                () = self.pace.due() => self.start_next(),
                () = self.setup.wake.woken() => self.start_next(),
            }
        }
    }

    async fn serve(&mut self, message: AppMsg<Context>) -> Result<ControlFlow<Ended>, Fault> {
        match message {
            AppMsg::ConsensusReady { reply } => answer(reply, (EngineHeight(self.height), self.params())),
            AppMsg::StartedRound { height, round, reply_value, .. } => {
                let proposals = self.begin_round(height.0, round).await?;
                answer(reply_value, proposals);
            }
            AppMsg::GetValue { height, round, reply, .. } => self.propose(height.0, round, reply).await?,
            AppMsg::ReceivedProposalPart { from, published_by, part, reply } => {
                let proposal = self.take_part(published_by.unwrap_or(from), part).await?;
                answer(reply, proposal);
            }
            AppMsg::RestreamProposal { height, round, valid_round, value_id, .. } => {
                self.propose_again(height.0, round, valid_round, value_id).await;
            }
            AppMsg::Decided { certificate, reply, .. } => {
                self.commit(certificate).await?;
                answer(reply, ());
            }
            AppMsg::Finalized { reply, .. } => return self.finish_height(reply),
            AppMsg::ProcessSyncedValue { height, round, proposer, value_bytes, reply } => {
                let outcome = self.take_fetched(height.0, round, proposer.0, value_bytes)?;
                answer(reply, outcome);
            }
            AppMsg::GetDecidedValues { range, reply } => answer(reply, self.decided(range.start().0, range.end().0)),
            AppMsg::GetHistoryMinHeight { reply } => answer(reply, EngineHeight(self.app.first_kept())),
            AppMsg::ExtendVote { reply, .. } => answer(reply, None),
            AppMsg::VerifyVoteExtensions { extensions, reply, .. } => {
                let refuse = |(voter, ())| (voter, Err(VoteExtensionError::InvalidVoteExtension));
                answer(reply, extensions.into_iter().map(refuse).collect());
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn params(&self) -> HeightParams<Context> {
        // No target time: see `pace`.
        HeightParams::new(self.members.clone(), self.setup.timing.to_engine(), None)
    }

    async fn begin_round(&mut self, height: Height, round: Round) -> Result<Vec<ProposedValue<Context>>, Fault> {
        let Some(round) = round.as_u32() else { return Ok(Vec::new()) };
        if round == 0 {
            self.pace.begin();
        }
        (self.begun, self.round) = (height, round);
        self.progress.send_modify(|progress| {
            progress.lost_rounds += u64::from(round > progress.round);
            progress.round = round;
        });
        let mut refused = Vec::new();
        for whole in self.early.take(height) {
            let proposal = self.judge(whole).await?;
            refused.extend(proposal.filter(|proposal| !proposal.validity.is_valid()));
        }
        let stored = self.undecided.of_round(height, round).map(|stored| proposals::value(stored, Validity::Valid));
        Ok(stored.chain(refused).collect())
    }

    /// A batch of our own; the same one for the same height and round, also after a restart.
    async fn propose(
        &mut self,
        height: Height,
        round: Round,
        reply: Reply<LocallyProposedValue<Context>>,
    ) -> Result<(), Fault> {
        let Some(number) = round.as_u32() else { return Ok(()) };
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

    /// Somebody's batch that a quorum prevoted before, in a later round of ours.
    async fn propose_again(&mut self, height: Height, round: Round, valid_round: Round, hash: Hash32) {
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
        let Some(batch) = self.undecided.batch(proposed.hash) else { return };
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
        self.outbound.send(part::cut(announcement, &self.setup.key, &batch)).await;
    }

    async fn take_part(
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
        let is_current = whole.announcement.height == self.height;
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
    async fn judge(&mut self, whole: Whole) -> Result<Option<ProposedValue<Context>>, Fault> {
        let Whole { announcement, bytes } = whole;
        // It may have been kept since before the members of its height were known.
        if self.members.proposer_id(announcement.round) != announcement.proposer {
            return Ok(None);
        }
        let proposed = proposals::proposed(&announcement);
        let is_known = self.undecided.batch(proposed.hash).is_some_and(|known| known == bytes);
        if !is_known {
            if self.undecided.of_round(proposed.height, proposed.round).count() >= MAX_PROPOSALS_PER_ROUND {
                return Ok(None);
            }
            let maker = self.members.proposer_id(proposed.made_in);
            let reason = match self.app.check(proposed.height, proposed.made_in, maker, &bytes).await {
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
        Ok(Some(proposal))
    }

    /// A batch that a quorum decided; the engine has verified the certificate, and compares its hash with ours.
    fn take_fetched(
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

    async fn commit(&mut self, certificate: CommitCertificate<Context>) -> Result<(), Fault> {
        let hash = certificate.value_id;
        let height = certificate.height.0;
        let bytes = self.undecided.batch(hash).ok_or_else(|| {
            Fault::new("finding the batch that was decided", format!("height {height} is not among the stored proposals"))
        })?;
        self.app.commit(bytes, certificate::to_ledger(&certificate)).await?;
        self.undecided.prune(height).map_err(|error| Fault::new("emptying the stored proposals", error))?;
        self.streams.forget(height);
        self.height = self.app.tip().next();
        self.members = members_of(self.app, self.height)?;
        let fetched = std::mem::take(&mut self.is_fetched);
        let (tip, abstains) = (self.app.tip(), self.setup.abstains_through);
        self.progress.send_modify(|progress| {
            progress.tip = tip;
            progress.round = 0;
            progress.fetched += u64::from(fetched);
            progress.committed_at = tokio::time::Instant::now();
            progress.abstains_through = abstains.filter(|through| *through > tip);
        });
        self.is_catching_up = fetched;
        Ok(())
    }

    fn finish_height(&mut self, reply: Reply<Next<Context>>) -> Result<ControlFlow<Ended>, Fault> {
        if self.setup.abstains_through.is_some_and(|through| through <= self.app.tip()) {
            return Ok(ControlFlow::Break(Ended::MayVote));
        }
        self.pace.hold((reply, Next::Start(EngineHeight(self.height), self.params())));
        if self.is_catching_up || self.app.has_waiting() || self.early.has(self.height) {
            self.start_next();
        }
        Ok(ControlFlow::Continue(()))
    }

    fn is_between_heights(&self) -> bool {
        self.begun != self.height
    }

    fn start_next(&mut self) {
        if let Some((reply, next)) = self.pace.release() {
            answer(reply, next);
        }
    }

    fn decided(&self, first: Height, last: Height) -> Vec<RawDecidedValue<Context>> {
        let last = last.min(Height(first.0.saturating_add(SYNC_BATCHES as u64 - 1)));
        let batches = self.app.decided(first..=last).unwrap_or_else(|fault| {
            tracing::error!(%fault, "decided batches cannot be given to a node that catches up");
            Vec::new()
        });
        let mut bytes = 0;
        let fits = |batch: &DecidedBatch| {
            let is_first_or_small = bytes < SYNC_ANSWER_BYTES;
            bytes += batch.bytes.len();
            is_first_or_small
        };
        let raw = |batch: DecidedBatch| {
            RawDecidedValue::new(batch.bytes, certificate::to_engine(batch.certificate))
        };
        batches.into_iter().take_while(fits).map(raw).collect()
    }
}

/// The members of `height`, the one above the application's tip.
fn members_of<A: Application>(app: &A, height: Height) -> Result<Members, Fault> {
    let validators = app.validators(height);
    let recent = app.recent_proposers(Members::watched(&validators));
    let none = || Fault::new("starting a height", format!("there are no validators at height {height}"));
    Members::of(&validators, height, &recent).ok_or_else(none)
}

fn answer<T>(reply: Reply<T>, value: T) {
    if reply.send(value).is_err() {
        tracing::debug!("the engine did not wait for an answer");
    }
}
