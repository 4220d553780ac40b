//! Bringing a block into its chain.
//!
//! A block is put behind the longest chain of waiting blocks that this node knows of, its own and other nodes', so that many of
//! them are ordered in one batch. After each height it is looked at again: one whose predecessor neither is the head nor waits
//! behind it is linked anew. What it was before is taken out of the way, here and by gossip elsewhere. Proposers leave out what
//! does not apply, so that nothing of this leaves a trace in the history.

use crate::linking::{ChainBlock, executed_head};
use crate::turns::Turn;
use crate::{DECISION_LIMIT, QUORUM_LIMIT, Submission, refused};
use medshare_crypto::hash::Hash32;
use medshare_ledger::id::{Height, Timestamp};
use medshare_ledger::link::Link;
use medshare_ledger::rejection::Rejection;
use medshare_ledger::trail::Trail;
use medshare_node_chain::Outcome;
use medshare_node_chain::clock::now;
use medshare_node_chain::mempool::Head;
use medshare_node_refusal::{Code, Refusal};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// For so many heights a block waits behind blocks of other nodes, of which some may never apply.
const PATIENCE: u64 = 4;
/// How often the time limits are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// A form of a block that was handed in, so that it may be decided.
struct Form<B> {
    entry: Hash32,
    block: B,
    since: Height,
}

/// A block that is not on the ledger.
#[derive(Debug)]
pub struct NotAppended {
    /// Why.
    pub refusal: Refusal,
    /// Whether a form of it may still be decided.
    pub may_come: bool,
}

impl NotAppended {
    /// The same of a block that was handed in in these forms. One that never was cannot be decided.
    fn of<B>(self, forms: &[Form<B>]) -> Self {
        Self { may_come: self.may_come && !forms.is_empty(), ..self }
    }
}

impl From<Refusal> for NotAppended {
    /// Of whatever was handed in before. The time of a form comes, also of one that this node's clock found to be from the future.
    fn from(refusal: Refusal) -> Self {
        let may_come = !refusal.code.class().is_final() || refusal.code == Code::FromTheFuture;
        Self { refusal, may_come }
    }
}

impl From<Rejection> for NotAppended {
    /// Of whatever was handed in before. What this node gave up waiting for may come all the same: any validator that kept a form can
    /// tell of it again.
    fn from(rejection: Rejection) -> Self {
        Self { refusal: refused(rejection), may_come: rejection.may_pass() }
    }
}

impl From<NotAppended> for Refusal {
    fn from(not_appended: NotAppended) -> Self {
        not_appended.refusal
    }
}

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
        &self,
        chain: Trail,
        version: u32,
        first: impl FnOnce(Head, Link) -> B + Send + 'static,
    ) -> Result<B, NotAppended> {
        let turn = self.turns.of(chain);
        let (mut heights, mut moves) = (self.chain.heights(), turn.moves());
        let head = || Ok::<_, Refusal>(executed_head(chain, self.chain.state())?);
        let mut limits = Limits::new(self.chain.tip().height, head()?);
        let (mut first, mut forms) = (Some(first), Vec::<Form<B>>::new());
        loop {
            heights.borrow_and_update();
            moves.borrow_and_update();
            if let Some(block) = self.decided(&forms)? {
                return Ok(block);
            }
            if let Err(not_appended) = self.place(chain, &turn, version, &mut first, &mut forms).await {
                turn.tell();
                // An earlier form of it may be what is in the way.
                return self.decided(&forms)?.ok_or_else(|| not_appended.of(&forms));
            }
            limits.see(self.chain.tip().height, head()?);
            if limits.are_over(self.reaches_quorum()) {
                return Err(NotAppended::from(self.undecided()).of(&forms));
            }
            tokio::select! {
                changed = heights.changed() => changed.map_err(|_| self.undecided())?,
                _ = moves.changed() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// The form that was applied, if one was.
    fn decided<B: ChainBlock>(&self, forms: &[Form<B>]) -> Result<Option<B>, Refusal> {
        for form in forms.iter().rev() {
            if self.chain.views().entry(&form.entry)?.is_some_and(|place| place.code == 0) {
                return Ok(Some(form.block.clone()));
            }
        }
        Ok(None)
    }

    /// Links the block to the end of its chain, where it does not stand there already.
    async fn place<B: ChainBlock>(
        &self,
        chain: Trail,
        turn: &Turn,
        version: u32,
        first: &mut Option<impl FnOnce(Head, Link) -> B + Send + 'static>,
        forms: &mut Vec<Form<B>>,
    ) -> Result<(), NotAppended> {
        let _linking = turn.wait().await;
        let head = executed_head(chain, self.chain.state()).map_err(Refusal::from)?;
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
        let entry = self.submit(block.entry())?;
        forms.push(Form { entry, block, since: height });
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
    async fn not_refused(&self, entry: &Hash32) -> Result<(), NotAppended> {
        let (chain, judged) = (Arc::clone(&self.chain), *entry);
        // One after the other: of what executes for a verdict, no more than one is beside what executes for the network.
        let judging = self.judging.lock().await;
        compute(move || chain.judge(&judged, now())).await?.map_err(Refusal::from)?;
        drop(judging);
        match self.chain.fate(entry).map_err(Refusal::from)? {
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

/// Mines and signs on a thread of its own.
async fn compute<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    let stopping = |_| Refusal::new(Code::Stopping, "the node is stopping; try again in a moment");
    tokio::task::spawn_blocking(work).await.map_err(stopping)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_block_that_was_handed_in_may_come_after_all() {
        let full = || Refusal::new(Code::MempoolFull, "no room");
        let form = || Form { entry: Hash32::ZERO, block: (), since: Height(1) };
        assert!(!NotAppended::from(full()).of::<()>(&[]).may_come);
        assert!(NotAppended::from(full()).of(&[form()]).may_come);
        assert!(!NotAppended::from(Refusal::new(Code::Rejected, "never")).of(&[form()]).may_come);
    }
}
