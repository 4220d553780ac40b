//! Bringing a block into its chain.
//!
//! A block is put behind the longest chain of waiting blocks that this node knows of, its own and other nodes', so that many of
//! them are ordered in one batch. After each height it is looked at again: one whose predecessor neither is the head nor waits
//! behind it is linked anew. What it was before is taken out of the way, here and by gossip elsewhere. Proposers leave out what
//! does not apply, so that nothing of this leaves a trace in the history.

use crate::computing::compute;
use crate::linking::{ChainBlock, executed_head};
use crate::not_appended::{Form, GivenUp, NotAppended};
use crate::turns::Turn;
use crate::{DECISION_LIMIT, QUORUM_LIMIT, Submission};
use medshare_crypto::hash::Hash32;
use medshare_ledger::check::NamedEntry;
use medshare_ledger::id::{Height, Timestamp};
use medshare_ledger::link::Link;
use medshare_ledger::rejection::Rejection;
use medshare_ledger::trail::Trail;
use medshare_node_chain::Outcome;
use medshare_node_chain::clock::now;
use medshare_node_chain::mempool::Head;
use medshare_node_refusal::{Class, Refusal};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// For so many heights a block waits behind blocks of other nodes, of which some may never apply.
const PATIENCE: u64 = 4;
/// How often the time limits are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// How long nothing has happened.
struct Limits {
    executed: Instant,
    height: Height,
    moved: Instant,
    head: Head,
}

impl Limits {
    fn new(height: Height, head: Head) -> Self {
        Self { executed: Instant::now(), height, moved: Instant::now(), head }
    }

    fn see(&mut self, height: Height, head: Head) {
        if height != self.height {
            (self.height, self.executed) = (height, Instant::now());
        }
        if head != self.head {
            (self.head, self.moved) = (head, Instant::now());
        }
    }

    /// Whether there is no more hope: no height for a while and nobody to decide one, or the chain does not move.
    fn are_over(&self, reaches_quorum: bool) -> bool {
        let stands_still = self.executed.elapsed() >= QUORUM_LIMIT && !reaches_quorum;
        stands_still || self.moved.elapsed() >= DECISION_LIMIT
    }
}

impl Submission {
    /// Brings a block onto the ledger, which `first` makes.
    pub(crate) async fn append<B: ChainBlock>(
        self: &Arc<Self>,
        chain: Trail,
        version: u32,
        first: impl FnOnce(Head, Link) -> B + Send + 'static,
    ) -> Result<B, NotAppended> {
        let mut forms = Vec::new();
        match self.bring(chain, version, first, &mut forms).await {
            Ok(block) => Ok(block),
            Err(given_up) => self.after_all(&forms, given_up).await,
        }
    }

    async fn bring<B: ChainBlock>(
        self: &Arc<Self>,
        chain: Trail,
        version: u32,
        first: impl FnOnce(Head, Link) -> B + Send + 'static,
        forms: &mut Vec<Form<B>>,
    ) -> Result<B, GivenUp> {
        let turn = self.turns.of(chain);
        let (mut heights, mut moves) = (self.chain.heights(), turn.moves());
        let mut limits = Limits::new(self.chain.tip().height, self.head(chain).await?);
        let mut first = Some(first);
        loop {
            heights.borrow_and_update();
            moves.borrow_and_update();
            if let Some(block) = self.decided(forms).await? {
                return Ok(block);
            }
            if let Err(given_up) = self.place(chain, &turn, version, &mut first, forms).await {
                turn.tell();
                return Err(given_up);
            }
            limits.see(self.chain.tip().height, self.head(chain).await?);
            if limits.are_over(self.reaches_quorum()) {
                return Err(self.undecided().into());
            }
            tokio::select! {
                changed = heights.changed() => changed.map_err(|_| self.undecided())?,
                _ = moves.changed() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// The executed end of the chain.
    async fn head(&self, of: Trail) -> Result<Head, Refusal> {
        let chain = Arc::clone(&self.chain);
        Ok(compute(move || executed_head(of, chain.state())).await??)
    }

    /// Links the block to the end of its chain, where it does not stand there already.
    async fn place<B: ChainBlock>(
        self: &Arc<Self>,
        chain: Trail,
        turn: &Turn,
        version: u32,
        first: &mut Option<impl FnOnce(Head, Link) -> B + Send + 'static>,
        forms: &mut Vec<Form<B>>,
    ) -> Result<(), GivenUp> {
        let _linking = turn.wait().await;
        let head = self.head(chain).await?;
        let height = self.chain.tip().height;
        if let Some(form) = forms.last() {
            self.not_refused(&form.entry).await?;
            if height.0 >= form.since.0.saturating_add(PATIENCE) {
                turn.go_alone(height);
            }
        }
        let only = turn.is_alone(height).then_some(self.node);
        if let Some(form) = forms.last() {
            if self.chain.mempool.follows(&form.entry, head, only) {
                return Ok(());
            }
            // It must not be put behind itself.
            self.chain.mempool.remove([form.entry]);
        }
        let end = self.chain.mempool.end_of_chain(chain, head, only);
        let block = match (first.take(), forms.last()) {
            (Some(first), _) => {
                let link = self.link(end.hash, version);
                compute(move || first(end, link)).await?
            }
            (None, Some(last)) => self.linked(last.block.clone(), end).await?,
            (None, None) => return Err(self.undecided().into()),
        };
        let named = NamedEntry::new(block.entry());
        let entry = named.hash();
        let submitting = Arc::clone(self);
        let submitted = compute(move || submitting.submit_named(named)).await;
        // A fault, or a fall, does not say that nothing was taken in before it.
        if !matches!(&submitted, Ok(Err(refusal)) if refusal.code.class() != Class::Fault) {
            forms.push(Form { entry, block, since: height });
        }
        submitted??;
        if forms.len() > 1 {
            turn.tell();
        }
        Ok(())
    }

    async fn linked<B: ChainBlock>(&self, block: B, end: Head) -> Result<B, Refusal> {
        let (network, key) = (self.chain.facts().network(), self.key.clone());
        // Later than the form before, so that everybody knows which one counts.
        let at: Timestamp = now().max(block.made().plus_ms(1));
        compute(move || block.linked_to(end, at, network, &key)).await
    }

    /// The reason for which the last form is refused, unless that is its place alone: then it is linked anew.
    async fn not_refused(&self, entry: &Hash32) -> Result<(), GivenUp> {
        let (chain, judged) = (Arc::clone(&self.chain), *entry);
        // One after the other: of what executes for a verdict, no more than one is beside what executes for the network.
        let judging = self.judging.lock().await;
        compute(move || chain.judge(&judged, now())).await?.map_err(Refusal::from)?;
        drop(judging);
        let (chain, asked) = (Arc::clone(&self.chain), *entry);
        match compute(move || chain.fate(&asked)).await?.map_err(Refusal::from)? {
            Some(Outcome::Refused(rejection)) if !is_overtaken(rejection) => Err(rejection.into()),
            // A proposer that ordered it too early has burnt this form, no more.
            Some(Outcome::Rejected(_, Some(rejection))) if !is_overtaken(rejection) && !rejection.may_pass() => {
                Err(rejection.into())
            }
            Some(Outcome::Rejected(_, None)) => Err(self.undecided().into()),
            _ => Ok(()),
        }
    }
}

/// Whether a block is refused for its place in its chain alone.
fn is_overtaken(rejection: Rejection) -> bool {
    matches!(rejection, Rejection::ThreadHeadMoved | Rejection::SideChainMoved | Rejection::WrongActionCounter)
}
