//! The ledger's question to contracts, answered by the sandbox.

use medshare_contract_abi::permissions::{PermissionInput, PermissionOutcome};
use medshare_contract_host::{CallFault, CodeRejection, PermissionsContract, inspect};
use medshare_ledger::execution::{ContractFault, Contracts};

/// The on-chain contract, compiled once. Nothing else is compiled for the ledger's sake.
pub struct ChainContracts(PermissionsContract);

impl ChainContracts {
    /// Compiles the on-chain contract.
    ///
    /// # Errors
    /// [`CodeRejection`] when this node cannot compile it.
    pub fn new() -> Result<Self, CodeRejection> {
        Ok(Self(PermissionsContract::standard()?))
    }
}

impl Contracts for ChainContracts {
    fn permissions(&self, input: &PermissionInput) -> Result<PermissionOutcome, ContractFault> {
        self.0.decide(input).map_err(|fault| match fault {
            CallFault::Host { .. } => ContractFault::Host(Box::new(fault)),
            _ => ContractFault::Failed,
        })
    }

    fn accepts_code(&self, code: &[u8]) -> bool {
        inspect(code).is_ok()
    }
}
