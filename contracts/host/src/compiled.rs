//! The contracts that this process compiled, once each.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::code::CodeHash;
use crate::contract::Contract;
use crate::rejection::CodeRejection;
use crate::sandbox::Sandbox;

/// Most contracts kept.
const MAX_COMPILED: usize = 256;

static PROCESS: Mutex<Option<Compiled>> = Mutex::new(None);

struct Compiled {
    sandbox: Sandbox,
    contracts: BTreeMap<CodeHash, Contract>,
}

/// The contract with this code, inspected and compiled once in a process: a node runs the same contracts for one report after another, an
/// agent for one package after another.
///
/// # Errors
/// As [`Sandbox::compile`], and when this machine cannot run contracts.
pub fn compiled(wasm: &[u8]) -> Result<Contract, CodeRejection> {
    let hash = CodeHash::of(wasm);
    let sandbox = {
        let mut process = PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(contract) = process.as_ref().and_then(|known| known.contracts.get(&hash)) {
            return Ok(contract.clone());
        }
        let known = match process.take() {
            Some(known) => known,
            None => Compiled { sandbox: Sandbox::new()?, contracts: BTreeMap::new() },
        };
        process.insert(known).sandbox.clone()
    };
    // Nobody waits for another's code to be compiled.
    let contract = sandbox.compile(wasm)?;
    let mut process = PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = process.as_mut() {
        if known.contracts.len() >= MAX_COMPILED {
            known.contracts.clear();
        }
        known.contracts.insert(hash, contract.clone());
    }
    Ok(contract)
}
