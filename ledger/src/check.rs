//! What can be said of an entry before it is ordered: the stateless check, then the check against a snapshot.
//!
//! A decoded [`Entry`] is a claim. [`check_entry`] turns it into a [`VerifiedEntry`]: its shape keeps the rules and every
//! signature of a party that genesis names verifies. [`check_snapshot`] then asks the state for facts that cannot become
//! stale, so that hopeless entries need not be ordered. Everything else is decided in execution, and decided there alone.

mod owner;
mod parent_block;
mod requestor;
mod side_block;
mod snapshot;
mod verified;

pub use snapshot::check_snapshot;
pub use verified::{EntryError, NamedEntry, SignedEntry, VerifiedEntry};

use crate::entry::Entry;
use crate::facts::NetworkFacts;
use crate::id::{Label, NetworkId};
use crate::rejection::Rejection;

/// Names an entry and checks it: see [`NamedEntry::check`].
///
/// # Errors
/// The first [`Rejection`].
pub fn check_entry(entry: Entry, facts: &NetworkFacts) -> Result<VerifiedEntry, Rejection> {
    NamedEntry::new(entry).check(facts)
}

/// Shape and signatures: what costs no more than a signature or two.
fn signed(entry: &Entry, facts: &NetworkFacts) -> Result<(), Rejection> {
    match entry {
        Entry::Identity(identity, by_organisation, by_requestor) => {
            requestor::identity(identity, by_organisation, by_requestor, facts)
        }
        Entry::AttributeKeys(keys, signature) => requestor::attribute_keys(keys, signature, facts),
        Entry::AttributeGrant(grant, signature) => requestor::attribute_grant(grant, signature, facts),
        Entry::ContractCode(code, signature) => owner::contract_code(code, signature, facts),
        Entry::ParentBlock(block) => parent_block::check(block, facts),
        Entry::SideBlock(block) => side_block::check(block, facts),
        Entry::OwnerDecision(decision, signature) => owner::decision(decision, signature, facts),
        Entry::Revocation(revocation, signature) => owner::revocation(revocation, signature, facts),
        Entry::Request(request, signature) => requestor::request(request, signature, facts),
    }
}

/// Whether what it brings are points of the pairing curve, with what has to hold of them. Last, for known signers alone: it costs many
/// times a signature.
fn arithmetic(entry: &Entry) -> Result<(), Rejection> {
    match entry {
        Entry::Identity(identity, ..) => requestor::registration(identity),
        Entry::AttributeKeys(keys, _) => keys.keys.iter().try_for_each(requestor::attribute_key),
        Entry::AttributeGrant(..)
        | Entry::ContractCode(..)
        | Entry::ParentBlock(..)
        | Entry::SideBlock(..)
        | Entry::OwnerDecision(..)
        | Entry::Revocation(..)
        | Entry::Request(..) => Ok(()),
    }
}

fn same_network(network: NetworkId, facts: &NetworkFacts) -> Result<(), Rejection> {
    Rejection::WrongNetwork.unless(network == facts.network())
}

fn valid_label(label: &Label) -> Result<(), Rejection> {
    Rejection::MalformedLabel.unless(label.is_valid())
}

fn within(length: usize, max: usize) -> Result<(), Rejection> {
    Rejection::OutOfBounds.unless(length > 0 && length <= max)
}
