//! A contract's code and the hash that names it.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

/// The contract that decides about access, as every network starts with it; rebuilt by `scripts/build-contracts`.
pub const PERMISSIONS_WASM: &[u8] = include_bytes!("../../wasm/permissions.wasm");
/// The contract that travels in packages, unless an owner published another; rebuilt by `scripts/build-contracts`.
pub const USAGE_WASM: &[u8] = include_bytes!("../../wasm/usage.wasm");

/// What names a contract's code: SHA-256 over its bytes, as `sha256sum` prints it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodeHash([u8; 32]);

impl CodeHash {
    /// The hash of a contract's bytes.
    #[must_use]
    pub fn of(wasm: &[u8]) -> Self {
        Self(Sha256::digest(wasm).into())
    }

    /// A hash that was computed elsewhere.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for CodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for CodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CodeHash({self})")
    }
}

/// A contract's bytes beside their hash.
#[derive(Clone, PartialEq, Eq)]
pub struct ContractCode {
    wasm: Arc<[u8]>,
    hash: CodeHash,
}

impl ContractCode {
    /// Takes bytes and hashes them. Whether they are a contract that the ledger takes, [`inspect`](crate::inspect) says.
    #[must_use]
    pub fn new(wasm: &[u8]) -> Self {
        Self { wasm: wasm.into(), hash: CodeHash::of(wasm) }
    }

    /// The standard contract that decides about access.
    #[must_use]
    pub fn permissions() -> Self {
        Self::new(PERMISSIONS_WASM)
    }

    /// The standard contract that travels in packages.
    #[must_use]
    pub fn usage() -> Self {
        Self::new(USAGE_WASM)
    }

    /// The bytes.
    #[must_use]
    pub fn wasm(&self) -> &[u8] {
        &self.wasm
    }

    /// The hash of the bytes.
    #[must_use]
    pub const fn hash(&self) -> CodeHash {
        self.hash
    }
}

impl fmt::Debug for ContractCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContractCode({}, {} bytes)", self.hash, self.wasm.len())
    }
}
