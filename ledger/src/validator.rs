//! The validators of a height, each with one vote.

use crate::id::{Label, NodeId};
use bincode::{Decode, Encode};
use medshare_crypto::hash::{Hash32, tagged_hash};
use medshare_crypto::seal::SealingPublicKey;
use medshare_crypto::sign::VerifyingKey;

/// Fewest validators that tolerate one fault.
pub const MIN_VALIDATORS: usize = 4;
/// Most validators: the full mesh of votes grows with the square.
pub const MAX_VALIDATORS: usize = 30;

/// A consensus and processing node as the ledger knows it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Validator {
    /// NID, derived from the key.
    pub id: NodeId,
    /// Key of votes, blocks and validations.
    pub key: VerifyingKey,
    /// Key to which proxy keys and the records that it is to validate are sealed (X-Wing).
    pub sealing_key: SealingPublicKey,
    /// Organisation that runs the node; a second validation comes from another one.
    pub organisation: Label,
}

/// The validators in the order of their ids.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ValidatorSet(Vec<Validator>);

impl ValidatorSet {
    /// The set of `validators`, ordered by id.
    #[must_use]
    pub fn new(mut validators: Vec<Validator>) -> Self {
        validators.sort_by_key(|v| v.id);
        validators.dedup_by_key(|v| v.id);
        Self(validators)
    }

    /// The validators, ordered by id.
    #[must_use]
    pub fn as_slice(&self) -> &[Validator] {
        &self.0
    }

    /// The validator with this id.
    #[must_use]
    pub fn get(&self, id: NodeId) -> Option<&Validator> {
        self.0.iter().find(|v| v.id == id)
    }

    /// Votes that decide: more than two thirds of all.
    #[must_use]
    pub fn quorum(&self) -> usize {
        self.0.len() * 2 / 3 + 1
    }

    /// The hash that batch headers carry.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        tagged_hash("medshare/validator-set/v2", &[&crate::codec::encode(self)])
    }
}
