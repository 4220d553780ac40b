//! What an authority refuses to issue, or finds proven otherwise.

use super::desk::To;
use crate::names::nearest;
use medshare_cli_terminal::{Exit, Failure};
use medshare_crypto::policy::{AttributeName, Policy};
use medshare_ledger::entry::MAX_HELD_OF_AUTHORITY;
use medshare_ledger::facts::NetworkFacts;
use medshare_ledger::id::Label;
use medshare_ledger::rejection::Rejection;
use std::collections::BTreeSet;

/// Refuses, before anything is recorded, attributes for which she has no room.
///
/// # Errors
/// When she would hold more of this authority than the ledger allows.
pub fn has_room(own: &Label, to: &To, attributes: &[AttributeName]) -> Result<(), Failure> {
    let is_held = |attribute: &&AttributeName| to.held.iter().any(|held| held == attribute.as_str());
    let (again, more): (Vec<_>, Vec<_>) = attributes.iter().partition(is_held);
    let own = own.as_str();
    let held = to.held.iter().filter(|held| held.split_once('@').is_some_and(|(_, of)| of == own)).count();
    if more.is_empty() || held.saturating_add(more.len()) <= MAX_HELD_OF_AUTHORITY {
        return Ok(());
    }
    let message = format!(
        "{} holds {held} attributes of {own}, of {MAX_HELD_OF_AUTHORITY} that are allowed, and {} more would be issued: nothing was signed",
        to.requestor,
        more.len()
    );
    let failure = Failure::new(Exit::Refused, "rejected", message);
    let failure = failure.detail("rejection", Rejection::TooManyAttributes.code()).detail("held", held);
    Err(failure.hint(if again.is_empty() {
        "attributes that she holds can be issued anew; no other has room until her access was taken away, which takes all of them"
    } else {
        "leave out those that she does not hold: no other has room until her access was taken away, which takes all of them"
    }))
}

/// Refuses to publish a name that no data set's policy has.
pub fn named(facts: &NetworkFacts, attribute: &AttributeName) -> Result<(), Failure> {
    let policies = facts.genesis().datasets.iter().filter_map(|dataset| dataset.policy.parse::<Policy>().ok());
    let known: BTreeSet<AttributeName> = policies.flat_map(|policy| policy.attributes()).collect();
    if known.contains(attribute) {
        return Ok(());
    }
    let message =
        format!("no data set's policy names {attribute}: it would stand on the ledger for good, and open nothing");
    let failure = Failure::new(Exit::Refused, "unnamed-attribute", message);
    Err(match nearest(attribute.as_str(), known.iter().map(AttributeName::as_str)) {
        Some(near) => failure.detail("nearest", near).hint(format!("did you mean {near}? --new publishes it as it is")),
        None => failure.hint("--new publishes it as it is, for a data set of the future"),
    })
}

/// The ledger is proven to have another key for the attribute, which stays.
pub fn other_key(attribute: &AttributeName) -> Failure {
    let message = format!("the published key of {attribute} does not belong to this key file");
    Failure::new(Exit::Key, "other-generation", message)
}

/// The ledger is proven to have a grant that is as new, or newer.
pub fn superseded(attribute: &AttributeName) -> Failure {
    let message =
        format!("proven otherwise: another grant of {attribute} to her, as new or newer, stands on the ledger");
    Failure::new(Exit::Refused, "rejected", message)
        .detail("rejection", Rejection::GrantSuperseded.code())
        .hint("somebody issued it with your key at the same moment: where that was you, nothing is to be done; else issue it again")
}

/// Access was taken away after somebody looked how often it was.
pub fn revoked_since(to: &To) -> Failure {
    let (requestor, count) = (to.requestor, to.revocations.count);
    let message =
        format!("access of {requestor} was taken away meanwhile, {count} times by now; the attribute is not hers");
    Failure::new(Exit::Refused, "rejected", message)
        .detail("rejection", Rejection::GrantBeforeRevocation.code())
        .detail("revocations", count)
        .hint("find out by what, with `medshare audit export` and `medshare audit verify`; then issue it again")
}

pub fn refused(error: medshare_crypto::abe::IssueError) -> Failure {
    Failure::new(Exit::Refused, "foreign-attribute", error.to_string())
}
