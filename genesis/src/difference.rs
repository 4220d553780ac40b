//! What one genesis says differently than another, in the words of `genesis.toml`.

use crate::file::GenesisText;
use medshare_ledger::facts::{GenesisFacts, MAX_POLICY_BYTES};
use std::collections::BTreeMap;
use toml::{Table, Value};

/// Most characters of a value that are shown: any policy's.
const LONGEST: usize = MAX_POLICY_BYTES + 2;
/// So many of a longer one.
const BEGINNING: usize = 32;

/// What `stated` says differently than `founded`, each in a sentence without end.
#[must_use]
pub fn differences(founded: &GenesisFacts, stated: &GenesisFacts) -> Vec<String> {
    let table = |facts: &GenesisFacts| Table::try_from(GenesisText::of_facts(facts)).unwrap_or_default();
    let mut found = Vec::new();
    compare("", &table(founded), &table(stated), &mut found);
    found
}

fn compare(place: &str, founded: &Table, stated: &Table, found: &mut Vec<String>) {
    let keys: std::collections::BTreeSet<&String> = founded.keys().chain(stated.keys()).collect();
    for key in keys {
        let place = format!("{place}{key}");
        match (founded.get(key), stated.get(key)) {
            (Some(Value::Table(founded)), Some(Value::Table(stated))) => {
                compare(&format!("{place}."), founded, stated, found);
            }
            (Some(Value::Array(founded)), Some(Value::Array(stated))) if is_list(founded) || is_list(stated) => {
                compare_lists(&place, founded, stated, found);
            }
            (founded, stated) if founded == stated => {}
            (founded, stated) => {
                found.push(format!("{place} was {}, and is {} here", said(founded), said(stated)));
            }
        }
    }
}

/// A value as people read it: of a long one, such as a sealing key, how it begins.
fn said(value: Option<&Value>) -> String {
    let text = value.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    let length = text.chars().count();
    if length <= LONGEST {
        return text;
    }
    format!("{}… ({length} characters)", text.chars().take(BEGINNING).collect::<String>())
}

fn is_list(values: &[Value]) -> bool {
    values.first().is_some_and(Value::is_table)
}

/// Entries are compared with those of their name, in whatever order they stand.
fn compare_lists(place: &str, founded: &[Value], stated: &[Value], found: &mut Vec<String>) {
    let (founded, mut stated) = (named(founded), named(stated));
    for (name, entry) in founded {
        match stated.remove(&name) {
            Some(other) => compare(&format!("{place} {name}: "), entry, other, found),
            None => found.push(format!("{place} {name} is missing here")),
        }
    }
    found.extend(stated.into_keys().map(|name| format!("{place} {name} is only here")));
}

/// Entries by what people call them; several of one name by their number among these.
fn named(entries: &[Value]) -> BTreeMap<String, &Table> {
    let mut named = BTreeMap::new();
    for entry in entries.iter().filter_map(Value::as_table) {
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        let name = match (text("organisation"), text("name"), text("id"), text("owner")) {
            (Some(name), ..) | (None, Some(name), ..) => name.to_owned(),
            (None, None, id, owner) => format!("{} of {}", id.unwrap_or_default(), owner.unwrap_or_default()),
        };
        let count = (1..).find(|count| !named.contains_key(&numbered(&name, *count))).unwrap_or(1);
        named.insert(numbered(&name, count), entry);
    }
    named
}

fn numbered(name: &str, count: usize) -> String {
    if count == 1 { name.to_owned() } else { format!("{name} ({count})") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::generate::tests::facts;

    #[test]
    fn what_was_changed_is_named_with_what_it_was() {
        let founded = facts();
        assert_eq!(differences(&founded, &founded), Vec::<String>::new());
        let mut stated = founded.clone();
        stated.parameters.target_time_ms += 1;
        let was = founded.parameters.target_time_ms;
        let expected = format!("parameters.target_time_ms was {was}, and is {} here", was + 1);
        assert_eq!(differences(&founded, &stated), [expected]);
    }

    #[test]
    fn a_key_of_many_digits_is_told_by_its_beginning() {
        let founded = facts();
        let mut stated = founded.clone();
        stated.validators[0].sealing_key = stated.validators[1].sealing_key.clone();
        let told = differences(&founded, &stated);
        assert!(told.len() == 1 && told[0].contains(": sealing_key was ") && told[0].len() < 200, "{told:?}");
    }

    #[test]
    fn entries_are_told_by_name_and_not_by_their_order() {
        let founded = facts();
        let mut stated = founded.clone();
        stated.owners.reverse();
        assert_eq!(differences(&founded, &stated), Vec::<String>::new());
        let gone = stated.owners.remove(0);
        assert!(differences(&founded, &stated).contains(&format!("owners {} is missing here", gone.name)));
        assert!(differences(&stated, &founded).contains(&format!("owners {} is only here", gone.name)));
        let mut stated = founded.clone();
        stated.datasets[0].k += 1;
        let told = differences(&founded, &stated);
        assert!(told.len() == 1 && told[0].contains(": k was ") && told[0].contains(" of "), "{told:?}");
    }
}
