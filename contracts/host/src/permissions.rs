//! The `permissions` contract behind its types.

use medshare_contract_abi::Encode;
use medshare_contract_abi::permissions::{PermissionInput, PermissionOutcome};

use crate::code::PERMISSIONS_WASM;
use crate::compiled::compiled;
use crate::contract::Contract;
use crate::fault::{CallFault, decoded};
use crate::rejection::CodeRejection;

/// A contract that decides about access to packages.
#[derive(Clone, Debug)]
pub struct PermissionsContract {
    contract: Contract,
}

impl PermissionsContract {
    /// Takes a compiled contract for one of this kind. Whether it is one shows in its outcomes.
    #[must_use]
    pub const fn new(contract: Contract) -> Self {
        Self { contract }
    }

    /// The standard one.
    ///
    /// # Errors
    /// [`CodeRejection::Host`] when this node cannot compile it.
    pub fn standard() -> Result<Self, CodeRejection> {
        compiled(PERMISSIONS_WASM).map(Self::new)
    }

    /// The contract without its types.
    #[must_use]
    pub const fn contract(&self) -> &Contract {
        &self.contract
    }

    /// Asks the contract.
    ///
    /// # Errors
    /// When the contract does not come to an outcome, or this node cannot run it.
    pub fn decide(&self, input: &PermissionInput) -> Result<PermissionOutcome, CallFault> {
        decoded(&self.contract.call(&input.to_bytes())?.output)
    }
}
