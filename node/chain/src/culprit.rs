//! Whose a fault is that was met in the views.

use medshare_ledger::execution::ExecutionFault;
use medshare_node_store::fault::StoreFault;
use std::error::Error;

/// Whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Culprit {
    /// The views': others have to be built.
    Views,
    /// The disk did not answer, as it may for lack of something else: the views', where it does so again.
    Disk,
    /// There was no room, somebody else has them, or the host of the contract failed.
    Other,
}

impl Culprit {
    /// The culprit of a fault, by what caused it.
    pub fn of(fault: &(dyn Error + 'static)) -> Self {
        let mut cause = Some(fault);
        while let Some(fault) = cause {
            match (fault.downcast_ref::<StoreFault>(), fault.downcast_ref()) {
                (_, Some(ExecutionFault::Host(_))) => return Self::Other,
                (Some(fault), _) if fault.is_disk_full() || fault.is_in_use() => return Self::Other,
                (Some(StoreFault::Io { .. }), _) => return Self::Disk,
                _ => cause = fault.source(),
            }
        }
        Self::Views
    }
}
