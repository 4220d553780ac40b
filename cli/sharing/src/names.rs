//! From what people type to what the network knows.

use medshare_cli_terminal::Failure;
use medshare_ledger::facts::{DataSet, NetworkFacts, Owner};
use medshare_ledger::id::OwnerId;

/// An owner by name or OID.
///
/// # Errors
/// When the network has no such owner.
pub fn owner<'a>(facts: &'a NetworkFacts, text: &str) -> Result<&'a Owner, Failure> {
    let owners = &facts.genesis().owners;
    let named = owners.iter().find(|owner| owner.name.as_str() == text);
    let by_id = || text.parse::<OwnerId>().ok().and_then(|id| facts.owner(id));
    named.or_else(by_id).ok_or_else(|| {
        let known = list(owners.iter().map(|owner| owner.name.as_str()));
        Failure::argument(format!("this network has no owner {text}")).hint(format!("owners: {known}"))
    })
}

/// A data set of an owner.
///
/// # Errors
/// When the owner has no such data set.
pub fn dataset<'a>(facts: &'a NetworkFacts, owner: &Owner, text: &str) -> Result<&'a DataSet, Failure> {
    let own = || facts.genesis().datasets.iter().filter(|set| set.owner == owner.id);
    own().find(|set| set.id.as_str() == text).ok_or_else(|| {
        let known = list(own().map(|set| set.id.as_str()));
        Failure::argument(format!("{} has no data set {text}", owner.name)).hint(format!("data sets: {known}"))
    })
}

/// The name of an owner, its id where genesis does not list it.
pub fn owner_name(facts: &NetworkFacts, id: OwnerId) -> String {
    let owner = facts.owner(id);
    owner.map_or_else(|| id.to_string(), |owner| owner.name.to_string())
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
