//! The loop between engine and application: one message at a time.

mod heights;
mod judging;
mod proposing;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use arc_malachitebft_app_channel::app::consensus::VoteExtensionError;
use arc_malachitebft_app_channel::app::engine::host::{HeightParams, Next};
use arc_malachitebft_app_channel::{AppMsg, Reply};
use medshare_crypto::sign::SigningKey;
use medshare_ledger::id::{Height, NetworkId, NodeId};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::abstention::{Files, Role};
use super::application::Application;
use super::audience::Audience;
use super::config::Timing;
use super::considered::Considered;
use super::context::{Context, EngineHeight};
use super::early::Early;
use super::fault::{Fault, Halt};
use super::giving::Giving;
use super::limits::{SYNC_ANSWER_BYTES, SYNC_BATCHES};
use super::members::Members;
use super::neighbours::Neighbours;
use super::pace::{Pace, Wake};
use super::part::Opening;
use super::proposals::Outbound;
use super::streams::Streams;
use super::undecided::Undecided;
use super::watchdog::Progress;

/// Why the loop ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The engine closed its channel.
    EngineGone,
    /// The last height that this node abstains in was decided.
    MayVote,
    /// Other nodes prove this height, which this one did not know.
    Proven(Height),
    /// The batch that was decided is not stored here.
    BatchLost(Height),
    /// No height was decided for long although enough other nodes are reached, or the engine did not begin.
    Stalled,
}

/// How long the engine may take to ask for the first height. It does once it listens.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// What stays the same while the engine runs.
pub(super) struct Setup {
    pub(super) network: NetworkId,
    pub(super) node: NodeId,
    pub(super) key: Arc<SigningKey>,
    pub(super) timing: Timing,
    pub(super) wake: Wake,
    pub(super) halt: Halt,
    pub(super) neighbours: Neighbours,
    /// How many other nodes make a quorum with this one.
    pub(super) others_needed: usize,
    /// How long heights may stand still before this node connects anew.
    pub(super) patience: Duration,
    pub(super) files: Files,
    pub(super) role: Role,
}

type NextHeight = (Reply<Next<Context>>, Next<Context>);

/// The engine's question for the first height, which waits until the others listen.
struct FirstHeight {
    reply: Reply<(EngineHeight, HeightParams<Context>)>,
    audience: Audience,
    /// How many of them there are.
    others: usize,
    /// Until when they are waited for.
    by: Instant,
    neighbours: Neighbours,
    /// The other members, who say how far they are first.
    members: Vec<NodeId>,
    /// Until when they are waited for.
    proofs_by: Instant,
}

/// The application's side of the engine.
pub(super) struct Host<'a, A> {
    setup: &'a Setup,
    app: &'a mut A,
    undecided: Undecided,
    outbound: Outbound,
    progress: &'a watch::Sender<Progress>,
    giving: Giving,
    streams: Streams,
    early: Early,
    considered: Considered,
    pace: Pace<NextHeight>,
    /// Under which signatures the stored batches of others came, in this height.
    openings: Vec<Opening>,
    /// The height above the tip, and its members.
    height: Height,
    members: Members,
    /// Until when the engine has to begin; none once it has.
    ready_by: Option<Instant>,
    /// Who listens, until the engine has begun.
    audience: Option<Audience>,
    first: Option<FirstHeight>,
    /// When it is looked at whether heights stand still.
    impatient_at: Instant,
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
        audience: Option<Audience>,
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
            giving: Giving::start(),
            streams: Streams::new(setup.network),
            early: Early::default(),
            considered: Considered::default(),
            pace: Pace::new(setup.timing.target),
            openings: Vec::new(),
            height,
            members,
            ready_by: Some(Instant::now() + READY_WITHIN),
            audience,
            first: None,
            impatient_at: Instant::now() + setup.patience,
            begun: Height(0),
            round: 0,
            is_fetched: false,
            is_catching_up: false,
        })
    }

    /// Serves the engine until it ends. A fault halts the node: then nothing is answered any more.
    pub(super) async fn run(&mut self, messages: &mut mpsc::Receiver<AppMsg<Context>>) -> Ended {
        let is_lost = self.setup.role == Role::Observer;
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
                () = FirstHeight::heard(self.first.as_ref()) => self.start_first(),
                () = self.pace.due() => self.start_next(),
                () = self.setup.wake.woken() => self.start_next(),
                () = tokio::time::sleep_until(self.impatient_at) => {
                    if self.setup.neighbours.reached(self.members.others(self.setup.node)) >= self.setup.others_needed {
                        return Ended::Stalled;
                    }
                    self.impatient_at = Instant::now() + self.setup.patience;
                }
                () = until(self.ready_by) => {
                    tracing::error!("the consensus engine asked for no height within {READY_WITHIN:?}: the port may be taken");
                    return Ended::Stalled;
                }
                height = self.setup.neighbours.highest_decided(self.setup.others_needed), if is_lost => {
                    return Ended::Proven(height);
                }
            }
        }
    }

    async fn serve(&mut self, message: AppMsg<Context>) -> Result<ControlFlow<Ended>, Fault> {
        match message {
            AppMsg::ConsensusReady { reply } => {
                self.ready_by = None;
                self.hold_first(reply);
            }
            AppMsg::StartedRound { height, round, reply_value, .. } => {
                let proposals = self.begin_round(height.0, round).await?;
                answer(reply_value, proposals);
            }
            AppMsg::GetValue { height, round, reply, .. } => self.propose(height.0, round, reply).await?,
            // Who delivered it counts: whom it says it is from, its sender can choose.
            AppMsg::ReceivedProposalPart { from, part, reply, .. } => {
                let proposal = self.take_part(from, part).await?;
                answer(reply, proposal);
            }
            AppMsg::RestreamProposal { height, round, valid_round, address, value_id } => {
                self.stream_again(height.0, round, valid_round, address.0, value_id).await;
            }
            AppMsg::Decided { certificate, reply, .. } => {
                let committed = self.commit(certificate).await?;
                if committed.is_break() {
                    return Ok(committed);
                }
                answer(reply, ());
            }
            AppMsg::Finalized { reply, .. } => return self.finish_height(reply),
            AppMsg::ProcessSyncedValue { height, round, proposer, value_bytes, reply } => {
                let outcome = self.take_fetched(height.0, round, proposer.0, value_bytes)?;
                answer(reply, outcome);
            }
            AppMsg::GetDecidedValues { range, reply } => {
                let (first, last) = (range.start().0, range.end().0);
                let last = last.min(Height(first.0.saturating_add(SYNC_BATCHES as u64 - 1)));
                self.giving.give(self.app.decided(first..=last, SYNC_ANSWER_BYTES), reply);
            }
            AppMsg::GetHistoryMinHeight { reply } => answer(reply, EngineHeight(self.app.first_kept())),
            AppMsg::ExtendVote { reply, .. } => answer(reply, None),
            AppMsg::VerifyVoteExtensions { extensions, reply, .. } => {
                let refuse = |(voter, ())| (voter, Err(VoteExtensionError::InvalidVoteExtension));
                answer(reply, extensions.into_iter().map(refuse).collect());
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// The members of `height`, the one above the application's tip.
fn members_of<A: Application>(app: &A, height: Height) -> Result<Members, Fault> {
    let validators = app.validators(height);
    let recent = app.recent_proposers(Members::watched(&validators));
    let none = || Fault::new("starting a height", format!("there are no validators at height {height}"));
    Members::of(&validators, height, &recent).ok_or_else(none)
}

/// Waits until then; for ever when there is no such moment.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

fn answer<T>(reply: Reply<T>, value: T) {
    if reply.send(value).is_err() {
        tracing::debug!("the engine did not wait for an answer");
    }
}
