//! The usage contracts that this node runs again.

use medshare_contract_host::{CodeRejection, Contract, Sandbox};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_node_refusal::{Code, Refusal};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Most contracts kept compiled.
const MAX_COMPILED: usize = 256;

/// Usage contracts, compiled once each.
pub struct CompiledContracts {
    sandbox: Sandbox,
    compiled: Mutex<HashMap<Hash32, Contract>>,
}

impl CompiledContracts {
    /// None compiled yet.
    ///
    /// # Errors
    /// When this machine cannot run contracts.
    pub fn new() -> Result<Self, CodeRejection> {
        Ok(Self { sandbox: Sandbox::new()?, compiled: Mutex::default() })
    }

    /// The compiled contract with this code.
    ///
    /// # Errors
    /// [`Refusal`] when the code breaks a rule for contracts.
    pub fn get(&self, code: &[u8]) -> Result<Contract, Refusal> {
        let hash = sha256(code);
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(contract) = compiled.get(&hash) {
            return Ok(contract.clone());
        }
        if compiled.len() >= MAX_COMPILED {
            compiled.clear();
        }
        let contract = self.sandbox.compile(code).map_err(|e| Refusal::new(Code::BadContract, e.to_string()))?;
        compiled.insert(hash, contract.clone());
        Ok(contract)
    }
}
