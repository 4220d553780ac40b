//! What this node proposes, and what it makes of an entry that waits: both by executing on the state without changing it.

mod choosing;

pub use choosing::Chosen;

use crate::execute::ExecuteError;
use crate::views::Views;
use medshare_ledger::batch::Tip;
use medshare_ledger::check::{VerifiedEntry, check_snapshot};
use medshare_ledger::execution::{At, Contracts, ExecutionFault, Run};
use medshare_ledger::id::Timestamp;
use medshare_ledger::rejection::Rejection;
use medshare_ledger::state::StateView;

/// What there is to say of an entry behind the executed state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It applies in its turn.
    Applies,
    /// Something that it needs is not there.
    Lacks(Rejection),
    /// It will never apply, and facts that cannot change say so.
    Impossible(Rejection),
    /// Execution rejects it, now and later.
    Never(Rejection),
    /// This node's contract host failed on it, which says nothing of the entry: others may run it, and this node at another height.
    NotRun,
}

/// Why an entry does not apply here.
#[cfg_attr(feature = "empty-execution", expect(dead_code, reason = "everything is taken for applied"))]
enum Hindrance {
    /// It breaks a rule.
    Rule(Rejection),
    /// The contract host failed on it.
    Host(Box<dyn std::error::Error + Send + Sync>),
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

    const fn state(&self) -> StateView<'a> {
        StateView::new(self.views)
    }

    /// Why the entry is beyond hope by facts that cannot change.
    ///
    /// # Errors
    /// [`ExecuteError`] when this node cannot read its state.
    pub fn impossible(&self, entry: &VerifiedEntry) -> Result<Option<Rejection>, ExecuteError> {
        Ok(check_snapshot(entry.entry(), self.state(), self.tip.time)?.err())
    }

    /// What there is to say of an entry itself: it is taken as linked where it says.
    ///
    /// # Errors
    /// [`ExecuteError`] when this node cannot execute.
    pub fn judge(&self, entry: &VerifiedEntry, now: Timestamp) -> Result<Judgement, ExecuteError> {
        if let Some(rejection) = self.impossible(entry)? {
            return Ok(Judgement::Impossible(rejection));
        }
        let mut run = self.run(now);
        run.suppose_linked(entry)?;
        Ok(match attempt(&mut run, entry)? {
            Ok(()) => Judgement::Applies,
            Err(Hindrance::Rule(rejection)) if rejection.may_pass() => Judgement::Lacks(rejection),
            Err(Hindrance::Rule(rejection)) => Judgement::Never(rejection),
            Err(Hindrance::Host(fault)) => {
                tracing::error!(%fault, "the contract host failed on an entry that was judged");
                Judgement::NotRun
            }
        })
    }
}

#[cfg(not(feature = "empty-execution"))]
fn attempt(run: &mut Run<'_>, entry: &VerifiedEntry) -> Result<Result<(), Hindrance>, ExecuteError> {
    match run.apply(entry) {
        // Nothing is decided yet: this node need not stop for what it cannot run.
        Err(ExecutionFault::Host(fault)) => Ok(Err(Hindrance::Host(fault))),
        result => Ok(result?.map_err(Hindrance::Rule)),
    }
}

/// What the benchmark compares with: every entry is taken for one that applies.
#[cfg(feature = "empty-execution")]
fn attempt(_run: &mut Run<'_>, _entry: &VerifiedEntry) -> Result<Result<(), Hindrance>, ExecuteError> {
    Ok(Ok(()))
}

#[cfg(test)]
mod floods;
#[cfg(test)]
mod tests;
