//! The loop between engine and application: one message at a time, and none of them waits for a check of what somebody proposed.

mod heights;
mod judging;
mod proposing;
mod ruling;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use arc_malachitebft_app_channel::app::consensus::VoteExtensionError;
use arc_malachitebft_app_channel::app::engine::host::{HeightParams, HostMsg, Next};
use arc_malachitebft_app_channel::app::types::{PeerId, ProposedValue};
use medshare_crypto::sign::SigningKey;
use medshare_ledger::id::{Height, NetworkId, NodeId};
use ractor::RpcReplyPort;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::abstention::{Files, Role};
use super::application::Application;
use super::audience::Audience;
use super::config::Timing;
use super::considered::Considered;
use super::context::{Context, EngineHeight};
use super::docket::Docket;
use super::early::Early;
use super::fault::{Fault, Halt};
use super::fetched::Fetched;
use super::giving::Giving;
use super::limits::{SYNC_ANSWER_BYTES, SYNC_BATCHES};
use super::members::Members;
use super::neighbours::Neighbours;
use super::pace::{Pace, Wake};
use super::part::Opening;
use super::proposals::Outbound;
use super::streams::{Streams, Whole};
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

/// Tells the engine of a valid proposal.
pub(super) type Tell = Box<dyn Fn(ProposedValue<Context>) + Send>;

type NextHeight = (RpcReplyPort<Next<Context>>, Next<Context>);

/// The engine's question for the first height, which waits until the others listen.
struct FirstHeight {
    reply: RpcReplyPort<(EngineHeight, HeightParams<Context>)>,
    audience: Audience,
    /// How many of them there are.
    others: usize,
    /// Until when they are waited for.
    by: Instant,
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
    tell: Tell,
    progress: &'a watch::Sender<Progress>,
    giving: Giving,
    streams: Streams,
    early: Early,
    /// What came early and may be voted on now, with who streamed it, until it is looked at.
    due: VecDeque<(PeerId, Whole)>,
    considered: Considered,
    docket: Docket,
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
    /// The last height of which the log says that another node's certificate rules something out.
    ruled_out_at: Option<Height>,
    fetched: Fetched,
    /// Whether the batch of the height before came from another node, with its certificate.
    is_catching_up: bool,
}

impl<'a, A: Application> Host<'a, A> {
    pub(super) fn new(
        setup: &'a Setup,
        app: &'a mut A,
        undecided: Undecided,
        outbound: Outbound,
        tell: Tell,
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
            tell,
            progress,
            giving: Giving::start(),
            streams: Streams::new(setup.network),
            early: Early::default(),
            due: VecDeque::new(),
            considered: Considered::default(),
            docket: Docket::default(),
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
            ruled_out_at: None,
            fetched: Fetched::default(),
            is_catching_up: false,
        })
    }

    /// Serves the engine until it ends. A fault halts the node: then nothing is answered any more.
    pub(super) async fn run(&mut self, messages: &mut mpsc::Receiver<HostMsg<Context>>) -> Ended {
        let is_lost = self.setup.role == Role::Observer;
        loop {
            let tip = self.app.tip();
            tokio::select! {
                message = messages.recv() => {
                    let Some(message) = message else { return Ended::EngineGone };
                    match self.serve(message).await {
                        Ok(ControlFlow::Continue(())) => {}
                        Ok(ControlFlow::Break(ended)) => return ended,
                        Err(fault) => return self.setup.halt.raise_and_park(fault).await,
                    }
                }
                (case, checked) = self.docket.ended() => {
                    if let Err(fault) = self.end_check(case, checked) {
                        return self.setup.halt.raise_and_park(fault).await;
                    }
                }
                () = std::future::ready(()), if !self.due.is_empty() => {
                    if let Err(fault) = self.consider_due() {
                        return self.setup.halt.raise_and_park(fault).await;
                    }
                }
                () = FirstHeight::is_due(self.first.as_ref(), &self.setup.neighbours, tip) => self.start_first(),
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

    async fn serve(&mut self, message: HostMsg<Context>) -> Result<ControlFlow<Ended>, Fault> {
        match message {
            HostMsg::ConsensusReady { reply_to } => {
                self.ready_by = None;
                self.hold_first(reply_to);
            }
            HostMsg::StartedRound { height, round, reply_to, .. } => {
                let proposals = self.begin_round(height.0, round);
                answer(reply_to, proposals);
                self.begin_checks()?;
            }
            HostMsg::GetValue { height, round, reply_to, .. } => self.propose(height.0, round, reply_to).await?,
            // Who delivered it counts: whom it says it is from, its sender can choose. The engine is told once it was checked.
            HostMsg::ReceivedProposalPart { from, part, .. } => self.take_part(from, part)?,
            HostMsg::RestreamValue { height, round, valid_round, address, value_id } => {
                self.stream_again(height.0, round, valid_round, address.0, value_id).await;
            }
            HostMsg::Decided { certificate, reply_to, .. } => {
                let committed = self.commit(certificate).await?;
                if committed.is_break() {
                    return Ok(committed);
                }
                answer(reply_to, ());
            }
            HostMsg::Finalized { reply_to, .. } => return self.finish_height(reply_to),
            HostMsg::ProcessSyncedValue { height, round, proposer, value_bytes, reply_to } => {
                let outcome = self.take_fetched(height.0, round, proposer.0, value_bytes);
                answer(reply_to, outcome);
            }
            HostMsg::GetDecidedValues { range, reply_to } => {
                let (first, last) = (range.start().0, range.end().0);
                let last = last.min(Height(first.0.saturating_add(SYNC_BATCHES as u64 - 1)));
                self.giving.give(self.app.decided(first..=last, SYNC_ANSWER_BYTES), reply_to);
            }
            HostMsg::GetHistoryMinHeight { reply_to } => answer(reply_to, EngineHeight(self.app.first_kept())),
            HostMsg::ExtendVote { reply_to, .. } => answer(reply_to, None),
            HostMsg::VerifyVoteExtensions { extensions, reply_to, .. } => {
                let refuse = |(voter, ())| (voter, Err(VoteExtensionError::InvalidVoteExtension));
                answer(reply_to, extensions.into_iter().map(refuse).collect());
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

fn answer<T>(reply: RpcReplyPort<T>, value: T) {
    if reply.send(value).is_err() {
        tracing::debug!("the engine did not wait for an answer");
    }
}
