//! Contracts: the host that runs the on-chain one, and the publication of owners' own.

use super::context::{Context, Stop};
use crate::entry::ContractCode;
use crate::rejection::Rejection;
use crate::state::{ContractRecord, StateKey};
use medshare_contract_abi::permissions::{PermissionInput, PermissionOutcome};
use medshare_crypto::hash::sha256;

/// What runs contracts. The same input gives the same outcome at every node.
pub trait Contracts {
    /// Calls the on-chain contract.
    ///
    /// # Errors
    /// [`ContractFault`] when it has no outcome.
    fn permissions(&self, input: &PermissionInput) -> Result<PermissionOutcome, ContractFault>;

    /// Whether this code keeps to the rules for contracts: a question about its bytes, to which every node has the same answer.
    fn accepts_code(&self, code: &[u8]) -> bool;
}

/// Why a contract call has no outcome.
#[derive(Debug, thiserror::Error)]
pub enum ContractFault {
    /// The contract trapped, ran out of fuel or memory, or answered nonsense: the same at every node.
    #[error("the contract did not finish")]
    Failed,
    /// The host itself failed: this node's trouble.
    #[error("the contract host failed")]
    Host(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// An owner's contract, which its packages may carry from now on.
pub(super) fn publish(code: &ContractCode, context: &mut Context<'_>) -> Result<(), Stop> {
    context.not_from_the_future(code.at)?;
    let hash = sha256(&code.code);
    Rejection::ContractExists.unless(context.view().contract(code.owner, hash)?.is_none())?;
    Rejection::ContractRefused.unless(context.contracts.accepts_code(&code.code))?;
    let record = ContractRecord { entry: context.entry, height: context.height };
    context.state.put(&StateKey::Contract(code.owner, hash), &record);
    Ok(())
}
