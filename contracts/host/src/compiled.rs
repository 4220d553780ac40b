//! The contracts that this process compiled, once each.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::code::{CodeHash, ContractCode};
use crate::contract::Contract;
use crate::rejection::CodeRejection;
use crate::sandbox::Sandbox;

/// Most contracts kept.
const MAX_COMPILED: usize = 256;

/// The process's compiler, made at its first use.
static SANDBOX: Mutex<Option<Sandbox>> = Mutex::new(None);
static COMPILED: Mutex<BTreeMap<CodeHash, Contract>> = Mutex::new(BTreeMap::new());

/// The contract with this code, inspected and compiled once in a process: a node runs the same contracts for one report after another, an
/// agent for one package after another.
///
/// # Errors
/// As [`Sandbox::compile`], and when this machine cannot run contracts.
pub fn compiled(wasm: &[u8]) -> Result<Contract, CodeRejection> {
    let code = ContractCode::new(wasm);
    let hash = code.hash();
    if let Some(contract) = lock(&COMPILED).get(&hash) {
        return Ok(contract.clone());
    }
    // Nobody waits for another's code to be compiled.
    let contract = sandbox()?.compile(code)?;
    let mut compiled = lock(&COMPILED);
    if compiled.len() >= MAX_COMPILED {
        compiled.clear();
    }
    compiled.insert(hash, contract.clone());
    Ok(contract)
}

fn sandbox() -> Result<Sandbox, CodeRejection> {
    let mut made = lock(&SANDBOX);
    if let Some(sandbox) = made.as_ref() {
        return Ok(sandbox.clone());
    }
    Ok(made.insert(Sandbox::new()?).clone())
}

fn lock<T>(of_process: &Mutex<T>) -> MutexGuard<'_, T> {
    of_process.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::code::USAGE_WASM;

    #[test]
    fn a_contract_is_compiled_once_in_a_process_and_code_that_is_refused_is_not_kept() {
        let [first, second] = [(); 2].map(|()| compiled(USAGE_WASM).unwrap());
        let bytes = |contract: &Contract| contract.code().wasm().as_ptr();
        assert_eq!(bytes(&first), bytes(&second), "the second is the first");
        assert_eq!(first.code().hash(), CodeHash::of(USAGE_WASM));
        let cut = &USAGE_WASM[..USAGE_WASM.len() - 1];
        assert!(compiled(cut).is_err() && !lock(&COMPILED).contains_key(&CodeHash::of(cut)));
    }
}
