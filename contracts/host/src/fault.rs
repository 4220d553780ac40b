//! Why a call has no outcome.

use std::error::Error;

use medshare_contract_abi::guest::{MAX_INPUT_BYTES, MAX_OUTPUT_BYTES};
use medshare_contract_abi::{Decode, DecodeError};
use thiserror::Error;
use wasmtime::Trap;

use crate::limits::CALL_FUEL;

/// Why a call has no outcome. All but [`CallFault::Host`] follow from code and input alone, at every node alike.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CallFault {
    /// The input is longer than the ABI allows.
    #[error("the contract's input has {actual} bytes; at most {MAX_INPUT_BYTES} are allowed")]
    InputTooLong {
        /// Its size in bytes.
        actual: usize,
    },
    /// The contract did not come to an end.
    #[error("the contract used up its fuel of {CALL_FUEL} units without coming to an end")]
    OutOfFuel,
    /// The contract did something impossible, such as dividing by zero, or gave up.
    #[error("the contract trapped: {reason}")]
    Trap {
        /// What it did.
        reason: &'static str,
    },
    /// The contract grew its memory beyond the maximum that it declares.
    #[error("the contract wanted more memory than the maximum that it declares")]
    MemoryLimit,
    /// The contract offered room for its input that is not in its memory.
    #[error("the contract offered room for its input outside its memory")]
    BadRoom,
    /// The contract's outcome is not in its memory, or is longer than the ABI allows.
    #[error("the contract's outcome lies outside its memory or has more than {MAX_OUTPUT_BYTES} bytes")]
    BadOutput,
    /// The contract's outcome is not the canonical encoding of one.
    #[error("the contract's outcome cannot be decoded")]
    Undecodable(#[source] DecodeError),
    /// This node could not run the contract: no statement about the contract.
    #[error("this node could not run the contract; check its memory and try again: {source}")]
    Host {
        /// What went wrong.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Ends a call whose contract asks for more memory than it declares.
#[derive(Debug, Error)]
#[error("memory beyond the declared maximum")]
pub(crate) struct BeyondMaximum;

impl CallFault {
    /// The stable code for receipts; `None` when the node is at fault, which must then halt or retry, not answer.
    #[must_use]
    pub const fn code(&self) -> Option<u8> {
        match self {
            Self::InputTooLong { .. } => Some(1),
            Self::OutOfFuel => Some(2),
            Self::Trap { .. } => Some(3),
            Self::MemoryLimit => Some(4),
            Self::BadRoom => Some(5),
            Self::BadOutput => Some(6),
            Self::Undecodable(_) => Some(7),
            Self::Host { .. } => None,
        }
    }

    pub(crate) fn host(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Host { source: source.into() }
    }
}

/// Sorts out what ended a call. What is not known to follow from code and input alone is the host's fault; running out of
/// native stack is among it, because its size is a matter of the processor.
impl From<wasmtime::Error> for CallFault {
    fn from(error: wasmtime::Error) -> Self {
        if error.is::<BeyondMaximum>() {
            return Self::MemoryLimit;
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => Self::OutOfFuel,
            Some(Trap::UnreachableCodeReached) => Self::Trap { reason: "it gave up" },
            Some(Trap::MemoryOutOfBounds) => Self::Trap { reason: "access outside its memory" },
            Some(Trap::IntegerDivisionByZero) => Self::Trap { reason: "division by zero" },
            Some(Trap::IntegerOverflow) => Self::Trap { reason: "a quotient too large for its type" },
            _ => Self::host(error),
        }
    }
}

/// Decodes a contract's outcome.
pub(crate) fn decoded<T: Decode>(output: &[u8]) -> Result<T, CallFault> {
    T::from_bytes(output).map_err(CallFault::Undecodable)
}
