//! What the execution of one entry sees, and what it leaves.

use super::host::{ContractFault, Contracts};
use super::{Effect, ExecutionFault};
use crate::facts::Parameters;
use crate::id::{Height, NetworkId, Timestamp};
use crate::rejection::Rejection;
use crate::state::{Overlay, StateFault, StateView, WriteSet};
use medshare_crypto::hash::Hash32;

/// Why execution of an entry ends without its writes.
pub(super) enum Stop {
    /// The entry is rejected.
    Rejected(Rejection),
    /// This node cannot go on.
    Fault(ExecutionFault),
}

impl From<Rejection> for Stop {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<StateFault> for Stop {
    fn from(fault: StateFault) -> Self {
        Self::Fault(fault.into())
    }
}

impl From<ContractFault> for Stop {
    fn from(fault: ContractFault) -> Self {
        match fault {
            ContractFault::Failed => Self::Rejected(Rejection::ContractFailed),
            ContractFault::Host(source) => Self::Fault(ExecutionFault::Host(source)),
        }
    }
}

/// The batch that entries are executed as a part of.
#[derive(Clone, Copy, Debug)]
pub struct At {
    /// Its network.
    pub network: NetworkId,
    /// Its height.
    pub height: Height,
    /// Its time.
    pub time: Timestamp,
}

/// One entry's execution.
pub(super) struct Context<'a> {
    /// State with the changes of this entry.
    pub(super) state: Overlay<'a>,
    /// Name of the entry.
    pub(super) entry: Hash32,
    /// Height of the batch.
    pub(super) height: Height,
    /// Time of the batch.
    pub(super) now: Timestamp,
    /// Parameters in force.
    pub(super) parameters: Parameters,
    /// The contract host.
    pub(super) contracts: &'a dyn Contracts,
    effects: Vec<Effect>,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        base: &'a Overlay<'a>,
        at: At,
        entry: Hash32,
        contracts: &'a dyn Contracts,
    ) -> Result<Self, StateFault> {
        let parameters = StateView::new(base).parameters()?.ok_or(StateFault::Corrupt { what: "parameters" })?;
        let At { height, time: now, .. } = at;
        Ok(Self { state: Overlay::new(base), entry, height, now, parameters, contracts, effects: Vec::new() })
    }

    pub(super) fn view(&self) -> StateView<'_> {
        StateView::new(&self.state)
    }

    pub(super) fn cause(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Clocks may be off by the drift that the parameters allow, no more.
    pub(super) fn not_from_the_future(&self, at: Timestamp) -> Result<(), Rejection> {
        Rejection::FromTheFuture.unless(at <= self.now.plus_ms(self.parameters.max_clock_drift_ms))
    }

    pub(super) fn finish(self) -> (WriteSet, Vec<Effect>) {
        (self.state.into_writes(), self.effects)
    }
}
