//! What this node proposes, and what it makes of an entry that waits: both by executing on the state without changing it.
//!
//! Only what applies is proposed, so that no place in the history is taken by an entry that came too early or lost a race. Nobody
//! demands that of a proposer; it is what honest ones do.

use crate::execute::ExecuteError;
use crate::mempool::Mempool;
use crate::views::Views;
use medshare_crypto::hash::Hash32;
use medshare_ledger::batch::{MAX_BATCH_ENTRIES, Room, Tip};
use medshare_ledger::check::{VerifiedEntry, check_snapshot};
use medshare_ledger::entry::Entry;
use medshare_ledger::execution::{At, Contracts, ExecutionFault, Run};
use medshare_ledger::id::Timestamp;
use medshare_ledger::rejection::Rejection;
use medshare_ledger::state::StateView;
use std::collections::HashMap;

/// Most entries looked at for one batch.
const MAX_LOOKS: usize = 2 * MAX_BATCH_ENTRIES;

/// What there is to say of an entry behind the executed state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It applies in its turn.
    Applies,
    /// Something that it needs is not there.
    Lacks(Rejection),
    /// It will never apply.
    Never(Rejection),
}

/// Where a proposal is put together.
pub struct Behind<'a> {
    /// The executed tip.
    pub tip: &'a Tip,
    /// Its state.
    pub views: &'a Views,
    /// The contracts.
    pub contracts: &'a dyn Contracts,
}

impl<'a> Behind<'a> {
    fn run(&self, now: Timestamp) -> Run<'a> {
        let Tip { network, height, .. } = *self.tip;
        let at = At { network, height: height.next(), time: self.tip.next_time(now) };
        Run::new(self.views, at, self.contracts)
    }

    /// What there is to say of an entry itself: it is taken as linked where it says.
    ///
    /// # Errors
    /// [`ExecuteError`] when this node cannot execute.
    pub fn judge(&self, entry: &VerifiedEntry, now: Timestamp) -> Result<Judgement, ExecuteError> {
        if let Err(rejection) = check_snapshot(entry, StateView::new(self.views), self.tip.time)? {
            return Ok(Judgement::Never(rejection));
        }
        let mut run = self.run(now);
        run.suppose_linked(entry)?;
        Ok(match attempt(&mut run, entry)? {
            Ok(()) => Judgement::Applies,
            Err(rejection) if rejection.may_pass() => Judgement::Lacks(rejection),
            Err(rejection) => Judgement::Never(rejection),
        })
    }

    /// The waiting entries that apply, in the order in which they do. What never will is refused, all else postponed.
    ///
    /// # Errors
    /// [`ExecuteError`] when this node cannot execute.
    pub fn choose(&self, mempool: &Mempool, now: Timestamp) -> Result<Vec<VerifiedEntry>, ExecuteError> {
        let shift = usize::try_from(self.tip.height.0).unwrap_or_default();
        let candidates = mempool.candidates(shift, MAX_LOOKS);
        let mut proposal = Proposal {
            behind: self,
            mempool,
            now,
            run: self.run(now),
            room: Room::new(),
            chosen: Vec::new(),
            blocked: HashMap::new(),
            early: Vec::new(),
        };
        for entry in candidates {
            if !proposal.look_with_followers(entry)? {
                break;
            }
        }
        proposal.look_again()?;
        let chosen = proposal.chosen;
        mempool.chosen(chosen.iter().map(VerifiedEntry::hash));
        Ok(chosen)
    }
}

struct Proposal<'a> {
    behind: &'a Behind<'a>,
    mempool: &'a Mempool,
    now: Timestamp,
    run: Run<'a>,
    room: Room,
    chosen: Vec<VerifiedEntry>,
    /// Blocks whose predecessor did not apply yet, by what they name.
    blocked: HashMap<Hash32, Vec<VerifiedEntry>>,
    /// Others that lack something that a later candidate may bring.
    early: Vec<VerifiedEntry>,
}

impl Proposal<'_> {
    /// Looks at an entry and at the blocks that waited for it; false when the batch is full.
    fn look_with_followers(&mut self, entry: VerifiedEntry) -> Result<bool, ExecuteError> {
        let mut next = vec![entry];
        while let Some(entry) = next.pop() {
            if !self.room.fits(&entry) {
                return Ok(false);
            }
            if self.look(&entry)?
                && let Some((_, made)) = links(&entry)
            {
                let followers = self.blocked.remove(&made).unwrap_or_default();
                next.extend(followers.into_iter().rev());
            }
        }
        Ok(true)
    }

    /// Looks at an entry for which there is room; says whether it applies.
    fn look(&mut self, entry: &VerifiedEntry) -> Result<bool, ExecuteError> {
        let Err(rejection) = attempt(&mut self.run, entry)? else {
            self.room.take(entry);
            self.chosen.push(entry.clone());
            return Ok(true);
        };
        let hash = entry.hash();
        // What an undecided batch would make impossible is not impossible yet: the executed state says.
        let judgement = match rejection.may_pass() {
            true => check_snapshot(entry, StateView::new(self.behind.views), self.behind.tip.time)?
                .map_or_else(Judgement::Never, |()| Judgement::Applies),
            false => self.behind.judge(entry, self.now)?,
        };
        if let Judgement::Never(reason) = judgement {
            self.mempool.refuse(&hash, reason);
            return Ok(false);
        }
        self.mempool.postpone(&hash, rejection);
        match (rejection, links(entry)) {
            (Rejection::ThreadHeadMoved | Rejection::SideChainMoved | Rejection::UnknownParent, Some((named, _))) => {
                self.blocked.entry(named).or_default().push(entry.clone());
            }
            _ => self.early.push(entry.clone()),
        }
        Ok(false)
    }

    /// Looks again at what came before what it needs, as long as that brings something.
    fn look_again(&mut self) -> Result<(), ExecuteError> {
        let mut before = usize::MAX;
        while before != self.chosen.len() {
            before = self.chosen.len();
            for entry in std::mem::take(&mut self.early) {
                if !self.look_with_followers(entry)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

#[cfg(not(feature = "empty-execution"))]
fn attempt(run: &mut Run<'_>, entry: &VerifiedEntry) -> Result<Result<(), Rejection>, ExecuteError> {
    match run.apply(entry) {
        // Nothing is decided yet: what this node cannot run, it does not propose.
        Err(ExecutionFault::Host(fault)) => {
            tracing::error!(%fault, "the contract host failed on an entry that waits; it is not proposed");
            Ok(Err(Rejection::ContractFailed))
        }
        result => Ok(result?),
    }
}

/// What the benchmark compares with: every entry is taken for one that applies.
#[cfg(feature = "empty-execution")]
fn attempt(_run: &mut Run<'_>, _entry: &VerifiedEntry) -> Result<Result<(), Rejection>, ExecuteError> {
    Ok(Ok(()))
}

/// The head that a block follows, and the one that it makes.
fn links(entry: &VerifiedEntry) -> Option<(Hash32, Hash32)> {
    let header = match entry.entry() {
        Entry::ParentBlock(block) => &block.header,
        Entry::SideBlock(block) => &block.header,
        _ => return None,
    };
    Some((header.previous, header.hash()))
}

#[cfg(test)]
mod tests;
