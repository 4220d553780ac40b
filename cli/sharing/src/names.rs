//! From what people type to what the network knows.

use crate::typed_id::{TypedId, UNKNOWN_ID};
use medshare_cli_terminal::{Cell, Exit, Failure};
use medshare_ledger::facts::{DataSet, NetworkFacts, Owner};
use medshare_ledger::id::{Label, OwnerId};

/// The words for machines where the genesis has no such owner, or no such data set.
pub const UNKNOWN_OWNER: &str = "unknown-owner";
pub const UNKNOWN_DATASET: &str = "unknown-dataset";

/// An owner by name, OID, or the first digits of it.
///
/// # Errors
/// When the network has no such owner, or several whose OIDs begin so.
pub fn owner<'a>(facts: &'a NetworkFacts, text: &str) -> Result<&'a Owner, Failure> {
    let owners = &facts.genesis().owners;
    if let Some(named) = owners.iter().find(|owner| owner.name.as_str() == text) {
        return Ok(named);
    }
    let unknown = || {
        let known = list(owners.iter().map(|owner| owner.name.as_str()));
        Failure::new(Exit::Usage, UNKNOWN_OWNER, format!("this network has no owner {text}"))
            .hint(format!("owners: {known}"))
    };
    let typed = text.parse::<TypedId<OwnerId>>().map_err(|_| unknown())?;
    let id = typed.among("the owners of this network", || Ok(owners.iter().map(|owner| owner.id).collect()));
    match id {
        Ok(id) => facts.owner(id).ok_or_else(unknown),
        Err(failure) if failure.code() == UNKNOWN_ID => Err(unknown()),
        Err(failure) => Err(failure),
    }
}

/// A data set of an owner.
///
/// # Errors
/// When the owner has no such data set.
pub fn dataset<'a>(facts: &'a NetworkFacts, owner: &Owner, text: &str) -> Result<&'a DataSet, Failure> {
    let own = || facts.genesis().datasets.iter().filter(|set| set.owner == owner.id);
    own().find(|set| set.id.as_str() == text).ok_or_else(|| {
        let known = list(own().map(|set| set.id.as_str()));
        let message = format!("{} has no data set {text}", owner.name);
        let of_that_name = facts.genesis().datasets.iter().filter(|set| set.id.as_str() == text);
        let others: Vec<_> = of_that_name.map(|set| owner_name(facts, set.owner)).collect();
        let elsewhere = match others.is_empty() {
            true => String::new(),
            false => format!("; {text} is a data set of {}", list(others.iter().map(String::as_str))),
        };
        Failure::new(Exit::Usage, UNKNOWN_DATASET, message).hint(format!("data sets: {known}{elsewhere}"))
    })
}

/// The name of an owner, its id where genesis does not list it.
pub fn owner_name(facts: &NetworkFacts, id: OwnerId) -> String {
    let owner = facts.owner(id);
    owner.map_or_else(|| id.to_string(), |owner| owner.name.to_string())
}

/// An owner in a table: by name where the genesis is at hand and lists it, else by the digits of its id.
pub fn owner_cell(facts: Option<&NetworkFacts>, id: &str) -> Cell {
    let named = facts.zip(id.parse().ok()).and_then(|(facts, id)| facts.owner(id));
    named.map_or_else(|| Cell::Id(id.to_owned()), |owner| owner.name.to_string().into())
}

/// Roles that the guides and the examples of admission policies speak of.
const USUAL_ROLES: [&str; 3] = ["researcher", "doctor", "institution"];

/// A role, before it stands on the ledger for good: one that is spelt almost like a usual one is a slip of the hand.
///
/// # Errors
/// When it is, and is not insisted on.
pub fn role(role: &Label, insisted: bool) -> Result<(), Failure> {
    if insisted || USUAL_ROLES.contains(&role.as_str()) {
        return Ok(());
    }
    nearest(role.as_str(), USUAL_ROLES.into_iter()).map_or(Ok(()), |usual| {
        let message = format!("the role {role} would stand on the ledger for good, and is almost {usual}");
        Err(Failure::new(Exit::Refused, "unusual-role", message)
            .detail("nearest", usual)
            .hint(format!("did you mean {usual}? --new takes it as it is")))
    })
}

/// The name that was meant: spelt almost alike, whatever the case of its letters.
pub fn nearest<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let text = text.to_lowercase();
    let distance = |name: &str| strsim::damerau_levenshtein(&name.to_lowercase(), &text);
    // a third of the letters may differ, and no more
    let alike = known.map(|name| (distance(name), name)).filter(|(distance, name)| distance * 3 <= name.len());
    alike.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_name_that_is_almost_another_is_a_slip_of_the_hand() {
        let known = || ["RESEARCHER@UNIVERSITY", "APPROVED@ETHICS-BOARD"].into_iter();
        assert_eq!(nearest("RESAERCHER@UNIVERSITY", known()), Some("RESEARCHER@UNIVERSITY"));
        assert_eq!(nearest("approved@ethics-board", known()), Some("APPROVED@ETHICS-BOARD"));
        assert_eq!(nearest("DEAN@FACULTY", known()), None);
    }

    #[test]
    fn roles_that_are_no_slip_of_the_hand_are_taken() {
        let take = |name: &str, insisted| role(&name.parse().unwrap(), insisted);
        for name in ["researcher", "doctor", "nurse", "pharmacist"] {
            take(name, false).unwrap();
        }
        assert_eq!(take("reseracher", false).unwrap_err().code(), "unusual-role");
        take("reseracher", true).unwrap();
    }
}
