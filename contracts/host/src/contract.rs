//! A compiled contract and how it is called.

use std::fmt;

use medshare_contract_abi::guest::{ALLOC, CALL, MAX_INPUT_BYTES, MAX_OUTPUT_BYTES, MEMORY, unpack};
use wasmtime::{Instance, InstancePre, Memory, Store};

use crate::code::{CodeHash, ContractCode};
use crate::fault::CallFault;
use crate::limits::{CALL_FUEL, INPUT_BYTE_FUEL};
use crate::store::{Limiter, fueled};

/// A contract that was inspected and compiled. Clones share the compiled code.
#[derive(Clone)]
pub struct Contract {
    code: ContractCode,
    prepared: InstancePre<Limiter>,
}

/// What a call came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallOutcome {
    /// The outcome's bytes.
    pub output: Vec<u8>,
    /// The fuel it took, the input's share included.
    pub fuel_used: u64,
}

impl Contract {
    pub(crate) const fn new(code: ContractCode, prepared: InstancePre<Limiter>) -> Self {
        Self { code, prepared }
    }

    /// The code.
    #[must_use]
    pub const fn code(&self) -> &ContractCode {
        &self.code
    }

    /// The code's hash.
    #[must_use]
    pub const fn hash(&self) -> CodeHash {
        self.code.hash()
    }

    /// Runs the contract on an input, in an instance that lives for this call only.
    ///
    /// # Errors
    /// When the contract does not come to an outcome, or this node cannot run it.
    pub fn call(&self, input: &[u8]) -> Result<CallOutcome, CallFault> {
        if input.len() > MAX_INPUT_BYTES {
            return Err(CallFault::InputTooLong { actual: input.len() });
        }
        let fuel = CALL_FUEL.saturating_sub(INPUT_BYTE_FUEL * input.len() as u64);
        let mut store = fueled(self.prepared.module().engine(), fuel)?;
        let instance = self.prepared.instantiate(&mut store)?;
        let memory =
            instance.get_memory(&mut store, MEMORY).ok_or_else(|| CallFault::host("the inspected export is gone"))?;
        let answer = run(instance, memory, &mut store, input)?;
        let output = outcome(memory, &store, answer)?;
        Ok(CallOutcome { output, fuel_used: CALL_FUEL - store.get_fuel()? })
    }
}

impl fmt::Debug for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contract({})", self.hash())
    }
}

/// Hands the input over and calls the contract; answers with the packed place of its outcome.
fn run(instance: Instance, memory: Memory, store: &mut Store<Limiter>, input: &[u8]) -> Result<u64, CallFault> {
    let length = u32::try_from(input.len()).map_err(|_| CallFault::InputTooLong { actual: input.len() })?;
    let alloc = instance.get_typed_func::<u32, u32>(&mut *store, ALLOC)?;
    let call = instance.get_typed_func::<(u32, u32), u64>(&mut *store, CALL)?;
    let pointer = alloc.call(&mut *store, length)?;
    let room = usize::try_from(pointer).map_err(|_| CallFault::BadRoom)?;
    memory.write(&mut *store, room, input).map_err(|_| CallFault::BadRoom)?;
    Ok(call.call(store, (pointer, length))?)
}

/// Copies the outcome out of the contract's memory.
fn outcome(memory: Memory, store: &Store<Limiter>, answer: u64) -> Result<Vec<u8>, CallFault> {
    let (pointer, length) = unpack(answer);
    let start = usize::try_from(pointer).map_err(|_| CallFault::BadOutput)?;
    let length = usize::try_from(length).map_err(|_| CallFault::BadOutput)?;
    if length > MAX_OUTPUT_BYTES {
        return Err(CallFault::BadOutput);
    }
    let end = start.checked_add(length).ok_or(CallFault::BadOutput)?;
    memory.data(store).get(start..end).map(<[u8]>::to_vec).ok_or(CallFault::BadOutput)
}
