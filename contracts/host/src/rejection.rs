//! Why code is not taken as a contract.

use std::error::Error;

use medshare_contract_abi::guest::{self, MAX_CODE_BYTES};
use thiserror::Error;

use crate::limits::{MAX_MEMORY_PAGES, MAX_STACK_BYTES};

/// Why code is not taken as a contract. All but [`CodeRejection::Host`] follow from the bytes alone, at every node alike.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CodeRejection {
    /// The code is larger than allowed.
    #[error("the contract has {actual} bytes; at most {MAX_CODE_BYTES} are allowed")]
    TooLarge {
        /// Its size in bytes.
        actual: usize,
    },
    /// It is not WebAssembly, or uses a feature that contracts may not use, floating point and vectors among them.
    #[error("the contract is not webassembly of the allowed kind (integers only, no extensions): {source}")]
    Malformed {
        /// What is wrong where.
        source: wasmparser::BinaryReaderError,
    },
    /// It imports something.
    #[error("the contract imports something; a contract may import nothing")]
    Imports,
    /// It has a start function.
    #[error("the contract has a start function; a contract runs only when it is called")]
    StartFunction,
    /// It has a table, and with it indirect calls.
    #[error("the contract has a table; a contract may call functions only directly")]
    Table,
    /// It has more of something than allowed.
    #[error("the contract has {actual} {what}; at most {max} are allowed")]
    TooMany {
        /// Of what, in the plural.
        what: &'static str,
        /// How many are allowed.
        max: u64,
        /// How many there are.
        actual: u64,
    },
    /// Its memory has no maximum.
    #[error("the contract's memory has no maximum; declare one of at most {MAX_MEMORY_PAGES} pages")]
    UnboundedMemory,
    /// Its memory's maximum is too large.
    #[error("the contract's memory may grow to {pages} pages; at most {MAX_MEMORY_PAGES} are allowed")]
    MemoryTooLarge {
        /// The declared maximum in pages of 64 KiB.
        pages: u64,
    },
    /// An export that the host needs is missing or has another type.
    #[error(
        "the contract does not export `{name}` as it must: `{}`, `{}(i32) -> i32`, `{}(i32, i32) -> i64`",
        guest::MEMORY,
        guest::ALLOC,
        guest::CALL
    )]
    MissingExport {
        /// The export's name.
        name: &'static str,
    },
    /// A function calls itself, perhaps through others.
    #[error("a function of the contract calls itself, perhaps through others; recursion is not allowed")]
    Recursion,
    /// Its calls nest too deeply.
    #[error("the contract's calls may take {bytes} bytes of stack; at most {MAX_STACK_BYTES} are allowed")]
    StackTooDeep {
        /// The estimate for the deepest path.
        bytes: u64,
    },
    /// It has a section that contracts do not need, custom ones among them.
    #[error(
        "the contract has a section beside types, functions, memory, globals, exports, code and data; strip names and \
         debugging information from it"
    )]
    ForeignSection,
    /// It cannot even be set up, because its data does not fit its memory.
    #[error("the contract's data does not fit its memory")]
    DataOutOfBounds,
    /// The compiler of this machine could not take it, though it keeps to the rules: no statement about the contract.
    #[error("this machine could not compile the contract; check its memory and try again: {source}")]
    Host {
        /// What went wrong.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl CodeRejection {
    /// The stable code; `None` when this machine is at fault, which must then not answer for the contract at all.
    #[must_use]
    pub const fn code(&self) -> Option<u8> {
        match self {
            Self::TooLarge { .. } => Some(1),
            Self::Malformed { .. } => Some(2),
            Self::Imports => Some(3),
            Self::StartFunction => Some(4),
            Self::Table => Some(5),
            Self::TooMany { .. } => Some(6),
            Self::UnboundedMemory => Some(7),
            Self::MemoryTooLarge { .. } => Some(8),
            Self::MissingExport { .. } => Some(9),
            Self::Recursion => Some(10),
            Self::StackTooDeep { .. } => Some(11),
            Self::DataOutOfBounds => Some(12),
            Self::ForeignSection => Some(13),
            Self::Host { .. } => None,
        }
    }
}

impl From<wasmparser::BinaryReaderError> for CodeRejection {
    fn from(source: wasmparser::BinaryReaderError) -> Self {
        Self::Malformed { source }
    }
}
