//! Entries that an owner signs.

use super::{same_network, within};
use crate::entry::{ContractCode, MAX_CONTRACT_BYTES, OwnerDecision, Revocation};
use crate::facts::NetworkFacts;
use crate::id::OwnerId;
use crate::rejection::Rejection;
use medshare_crypto::sign::{Signable, Signature};

pub(super) fn contract_code(code: &ContractCode, signature: &Signature, facts: &NetworkFacts) -> Result<(), Rejection> {
    same_network(code.network, facts)?;
    within(code.code.len(), MAX_CONTRACT_BYTES)?;
    signed_by(code.owner, code, signature, facts)
}

pub(super) fn decision(decision: &OwnerDecision, signature: &Signature, facts: &NetworkFacts) -> Result<(), Rejection> {
    same_network(decision.network, facts)?;
    signed_by(decision.owner, decision, signature, facts)
}

pub(super) fn revocation(
    revocation: &Revocation,
    signature: &Signature,
    facts: &NetworkFacts,
) -> Result<(), Rejection> {
    same_network(revocation.network, facts)?;
    signed_by(revocation.owner, revocation, signature, facts)
}

fn signed_by<T: Signable>(
    owner: OwnerId,
    message: &T,
    signature: &Signature,
    facts: &NetworkFacts,
) -> Result<(), Rejection> {
    let owner = facts.owner(owner).ok_or(Rejection::UnknownOwner)?;
    owner.key.verify(message, signature).map_err(|_| Rejection::BadOwnerSignature)
}
