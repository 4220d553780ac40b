//! The ledger's question to contracts, answered by the sandbox.

use medshare_contract_abi::permissions::{PermissionInput, PermissionOutcome};
use medshare_contract_host::{CallFault, CodeRejection, PermissionsContract, Sandbox};
use medshare_ledger::execution::{CodeFault, ContractFault, Contracts};

/// The on-chain contract, compiled once.
pub struct ChainContracts {
    sandbox: Sandbox,
    permissions: PermissionsContract,
}

impl ChainContracts {
    /// Compiles the on-chain contract.
    ///
    /// # Errors
    /// [`CodeRejection`] when this node cannot compile it.
    pub fn new() -> Result<Self, CodeRejection> {
        let sandbox = Sandbox::new()?;
        let permissions = PermissionsContract::standard(&sandbox)?;
        Ok(Self { sandbox, permissions })
    }
}

impl Contracts for ChainContracts {
    fn permissions(&self, input: &PermissionInput) -> Result<PermissionOutcome, ContractFault> {
        self.permissions.decide(input).map_err(|fault| match fault {
            CallFault::Host { .. } => ContractFault::Host(Box::new(fault)),
            _ => ContractFault::Failed,
        })
    }

    fn accepts_code(&self, code: &[u8]) -> Result<(), CodeFault> {
        self.sandbox.compile(code).map(|_| ()).map_err(|rejection| match rejection {
            CodeRejection::Host { .. } => CodeFault::Host(Box::new(rejection)),
            _ => CodeFault::Refused,
        })
    }
}
