//! What execution asks of the host of contracts.

use medshare_contract_abi::permissions::{PermissionInput, PermissionOutcome};

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
