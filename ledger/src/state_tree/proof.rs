//! Proofs against a state root, verifiable with the root alone.

use super::key_hash;
use crate::state::{StateFault, StateKey};
use bincode::{Decode, Encode};
use jmt::RootHash;
use jmt::proof::SparseMerkleProof;
use medshare_crypto::hash::Hash32;
use sha2::Sha256;

/// Longest path in bytes: 256 siblings of 65 bytes and the leaf.
const MAX_PATH_BYTES: usize = 256 * 65 + 128;

/// What stands at a key, with the path to the root.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StateProof {
    pub(super) value: Option<Vec<u8>>,
    pub(super) path: Vec<u8>,
}

/// A proof that does not show what it claims.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum StateProofError {
    /// The path does not have the form of one.
    #[error("the path of the state proof is malformed")]
    Malformed,
    /// The path does not lead from the value to the state root.
    #[error("the state proof does not lead to the state root")]
    WrongRoot,
}

impl StateProof {
    pub(super) fn new(value: Option<Vec<u8>>, proof: &SparseMerkleProof<Sha256>) -> Result<Self, StateFault> {
        Ok(Self { value, path: borsh::to_vec(proof).map_err(StateFault::store)? })
    }

    /// What stands at `key` under the state root, or `None` when the proof shows that nothing does.
    ///
    /// # Errors
    /// [`StateProofError`] when the proof shows neither.
    pub fn verify(&self, root: &Hash32, key: &StateKey) -> Result<Option<&[u8]>, StateProofError> {
        if self.path.len() > MAX_PATH_BYTES {
            return Err(StateProofError::Malformed);
        }
        let proof =
            borsh::from_slice::<SparseMerkleProof<Sha256>>(&self.path).map_err(|_| StateProofError::Malformed)?;
        if borsh::to_vec(&proof).ok().as_deref() != Some(self.path.as_slice()) {
            return Err(StateProofError::Malformed);
        }
        let value = self.value.as_deref();
        proof
            .verify(RootHash(root.to_bytes()), key_hash(&key.to_bytes()), value)
            .map_err(|_| StateProofError::WrongRoot)?;
        Ok(value)
    }
}
