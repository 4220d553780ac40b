//! The state at height 0.

use super::{ContractHashes, StateKey, WriteSet};
use crate::codec::encode;
use crate::facts::GenesisFacts;
use crate::validator::ValidatorSet;

/// Everything that genesis states, as the writes of version 0. Validate the facts before.
#[must_use]
pub fn genesis_state(facts: &GenesisFacts) -> WriteSet {
    let contracts = ContractHashes { permissions: facts.permissions_contract, usage: facts.usage_contract };
    let mut writes = vec![
        (StateKey::Validators, encode(&ValidatorSet::new(facts.validators.clone()))),
        (StateKey::Parameters, encode(&facts.parameters)),
        (StateKey::ContractHashes, encode(&contracts)),
    ];
    writes.extend(facts.owners.iter().map(|owner| (StateKey::Owner(owner.id), encode(owner))));
    writes.extend(facts.authorities.iter().map(|a| (StateKey::Authority(a.name.clone()), encode(a))));
    writes.extend(facts.datasets.iter().map(|d| (StateKey::DataSet(d.owner, d.id.clone()), encode(d))));
    writes.into_iter().map(|(key, value)| (key.to_bytes(), Some(value))).collect()
}
