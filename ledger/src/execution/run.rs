//! Entries executed one after the other: a decided batch, or what a node asks before it proposes one.

use super::context::{At, Context, Stop};
use super::{Contracts, Effect, ExecutionFault, apply};
use crate::check::VerifiedEntry;
use crate::entry::Entry;
use crate::id::BlockId;
use crate::rejection::Rejection;
use crate::state::{Overlay, StateKey, StateRead, StateView, Thread};

/// An execution on a state that it leaves alone.
pub struct Run<'a> {
    pub(super) overlay: Overlay<'a>,
    pub(super) effects: Vec<Effect>,
    at: At,
    contracts: &'a dyn Contracts,
}

impl<'a> Run<'a> {
    /// As of a batch behind this state.
    #[must_use]
    pub const fn new(state: &'a dyn StateRead, at: At, contracts: &'a dyn Contracts) -> Self {
        Self { overlay: Overlay::new(state), effects: Vec::new(), at, contracts }
    }

    /// Executes an entry behind those that applied before. One that is rejected leaves no trace.
    ///
    /// # Errors
    /// [`ExecutionFault`] when this node cannot execute; a rejection is the inner result.
    pub fn apply(&mut self, entry: &VerifiedEntry) -> Result<Result<(), Rejection>, ExecutionFault> {
        let mut context = Context::new(&self.overlay, self.at, entry.hash(), self.contracts)?;
        match apply(entry, &mut context) {
            Ok(()) => {
                let (writes, caused) = context.finish();
                self.overlay.absorb(writes);
                self.effects.extend(caused);
                Ok(Ok(()))
            }
            Err(Stop::Rejected(rejection)) => Ok(Err(rejection)),
            Err(Stop::Fault(fault)) => Err(fault),
        }
    }

    /// The state behind those that applied.
    #[must_use]
    pub fn state(&self) -> StateView<'_> {
        StateView::new(&self.overlay)
    }

    /// Takes what a block names as its predecessor for the head of its chain, so that the next [`Run::apply`] tells what is to be
    /// said of the block itself. A question of one node; what is decided is never executed so.
    ///
    /// # Errors
    /// [`ExecutionFault`] when this node cannot read its state.
    pub fn suppose_linked(&mut self, entry: &VerifiedEntry) -> Result<(), ExecutionFault> {
        match entry.entry() {
            Entry::ParentBlock(block) => {
                let requestor = block.details.requestor;
                let head = BlockId::from_bytes(block.header.previous.to_bytes());
                let count = StateView::new(&self.overlay).thread(requestor)?.map_or(0, |thread| thread.count);
                let thread = Thread { count, head };
                self.overlay.put(&StateKey::Thread(requestor), &thread);
            }
            Entry::SideBlock(block) => {
                let details = &block.details;
                let known = StateView::new(&self.overlay).side_chain(details.parent)?;
                if let Some(mut chain) = known {
                    chain.head = block.header.previous;
                    chain.violations = details.action_counter.saturating_sub(u32::from(details.vln != 0));
                    self.overlay.put(&StateKey::SideChain(details.parent), &chain);
                }
            }
            _ => {}
        }
        Ok(())
    }
}
