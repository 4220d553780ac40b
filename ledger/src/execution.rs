//! The transition: state + batch → writes, receipts and effects.
//!
//! It reads no clock but the batch's time and asks nothing of the world but the on-chain contract. An entry either applies
//! with all its writes or leaves a receipt with a code and none. Later entries see what earlier ones of the batch wrote.

mod attributes;
mod context;
mod contract;
mod decision;
mod host;
mod identity;
mod parent_block;
mod permission;
mod request;
mod run;
mod side_block;

pub use context::At;
pub use host::{ContractFault, Contracts};
pub use run::Run;
pub use side_block::room_for_report;

use crate::batch::{BatchHeader, VerifiedBatch};
use crate::check::VerifiedEntry;
use crate::entry::Entry;
use crate::id::RequestorId;
use crate::rejection::Rejection;
use crate::state::{StateFault, StateRead, WriteSet};
use bincode::{Decode, Encode};
use context::{Context, Stop};
use medshare_crypto::hash::Hash32;

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Receipt {
    /// Name of the entry.
    pub entry: Hash32,
    /// Zero when it was applied, else the code of its [`Rejection`].
    pub code: u16,
}

impl Receipt {
    /// Why the entry was rejected, if it was.
    #[must_use]
    pub fn rejection(&self) -> Option<Rejection> {
        Rejection::from_code(self.code)
    }
}

/// What nodes do besides storing the new state: with the proxy keys that they hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A requestor was granted an attribute: nodes take the proxy key that the grant commits to, and delete the one before.
    AttributeGranted {
        /// RID.
        requestor: RequestorId,
        /// `ATTRIBUTE@AUTHORITY`.
        attribute: String,
    },
    /// All attributes of a requestor were taken away: nodes delete her proxy keys.
    AccessRevoked {
        /// RID.
        requestor: RequestorId,
    },
}

/// What a batch does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// One receipt an entry, in order.
    pub receipts: Vec<Receipt>,
    /// Changes of the state.
    pub writes: WriteSet,
    /// What else is to be done, in order.
    pub effects: Vec<Effect>,
}

/// This node cannot execute: its own trouble, so it must stop or repair itself.
#[derive(Debug, thiserror::Error)]
pub enum ExecutionFault {
    /// The state cannot be read.
    #[error(transparent)]
    State(#[from] StateFault),
    /// The host of the on-chain contract, which genesis names and this node compiled when it started, failed.
    #[error("the contract host failed")]
    Host(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Executes a batch on `state`.
///
/// # Errors
/// [`ExecutionFault`] when this node cannot execute; what is wrong with an entry is in its receipt.
pub fn apply_batch(
    state: &dyn StateRead,
    batch: &VerifiedBatch,
    contracts: &dyn Contracts,
) -> Result<Execution, ExecutionFault> {
    let BatchHeader { network, height, time, .. } = *batch.header();
    let mut run = Run::new(state, At { network, height, time }, contracts);
    let mut receipts = Vec::with_capacity(batch.entries().len());
    for entry in batch.entries() {
        let code = run.apply(entry)?.map_or_else(Rejection::code, |()| 0);
        receipts.push(Receipt { entry: entry.hash(), code });
    }
    let Run { overlay, effects, .. } = run;
    Ok(Execution { receipts, writes: overlay.into_writes(), effects })
}

fn apply(entry: &VerifiedEntry, context: &mut Context<'_>) -> Result<(), Stop> {
    match entry.entry() {
        Entry::Identity(identity, ..) => identity::register(identity, context),
        Entry::AttributeKeys(keys, _) => attributes::publish(keys, context),
        Entry::AttributeGrant(grant, _) => attributes::grant(grant, context),
        Entry::ContractCode(code, _) => contract::publish(code, context),
        Entry::ParentBlock(block) => parent_block::apply(block, context),
        Entry::SideBlock(block) => side_block::apply(block, context),
        Entry::OwnerDecision(decision, _) => decision::decide(decision, context),
        Entry::Revocation(revocation, _) => decision::revoke(revocation, context),
        Entry::Request(made, _) => request::make(made, context),
    }
}
