//! Who takes part in a network: as many organisations as it has validators.

use anyhow::{Result, bail};
use medshare_cli_terminal::{Failure, counted};
use medshare_ledger::validator::{MAX_VALIDATORS, MIN_VALIDATORS};

const DEFAULT_NAMES: [&str; 4] = ["HOSPITAL-A", "HOSPITAL-B", "CLOUD-C", "CLOUD-D"];

/// The organisations that were named, and behind them default ones until there are `validators`.
///
/// # Errors
/// When their number is out of bounds, or one is named twice.
pub fn names(named: &[String], validators: Option<usize>) -> Result<Vec<String>> {
    let count = validators.unwrap_or_else(|| named.len().max(MIN_VALIDATORS));
    if named.len() > count {
        let organisations = counted(named.len(), "organisation is", "organisations are");
        let message = format!("{organisations} named and --validators is {count}");
        bail!(Failure::argument(format!("{message}; expected one validator each")));
    }
    let bounds = format!("expected {MIN_VALIDATORS} to {MAX_VALIDATORS} validators, got {count}");
    if count > MAX_VALIDATORS {
        bail!(Failure::argument(bounds));
    }
    if count < MIN_VALIDATORS {
        bail!(Failure::argument(format!("{bounds}: four are the fewest that tolerate a fault")));
    }
    for (index, name) in named.iter().enumerate() {
        // names become those of folders and files, and people read them aloud
        let Some(before) = named.iter().take(index).find(|before| before.to_lowercase() == name.to_lowercase()) else {
            continue;
        };
        bail!(Failure::argument(if before == name {
            format!("the organisation {name} is named twice; expected a name for each")
        } else {
            format!(
                "the organisations {before} and {name} differ in capital letters only; expected names that are told apart"
            )
        }));
    }
    let further = (DEFAULT_NAMES.len() + 1..).map(|number| format!("ORGANISATION-{number}"));
    let defaults = DEFAULT_NAMES.iter().map(|name| (*name).to_owned()).chain(further);
    // Each default name has its place, so that CLOUD-C stays the third whoever else is named.
    let is_named = |name: &String| named.iter().any(|named| named.to_lowercase() == name.to_lowercase());
    let behind = defaults.skip(named.len()).filter(|name| !is_named(name));
    Ok(named.iter().cloned().chain(behind).take(count).collect())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn strings(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn those_who_are_named_come_first_and_default_names_fill_up() {
        assert_eq!(names(&[], None).unwrap(), DEFAULT_NAMES);
        assert_eq!(names(&[], Some(5)).unwrap().last().unwrap(), "ORGANISATION-5");
        let named = strings(&["NORTH", "CLOUD-C"]);
        assert_eq!(names(&named, None).unwrap(), ["NORTH", "CLOUD-C", "CLOUD-D", "ORGANISATION-5"]);
        let five = strings(&["A", "B", "C", "D", "E"]);
        assert_eq!(names(&five, None).unwrap(), five);
    }

    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        let refused = |named: &[&str], count, words: &str| {
            let said = names(&strings(named), count).unwrap_err().to_string();
            assert!(said.contains(words), "{said}");
        };
        refused(&[], Some(3), "four are the fewest");
        refused(&[], Some(31), "expected 4 to 30 validators, got 31");
        refused(&["A", "B", "C", "D", "E"], Some(4), "5 organisations are named");
        refused(&["A", "A"], None, "A is named twice");
        refused(&["Charité", "CHARITÉ"], None, "Charité and CHARITÉ differ in capital letters only");
    }

    #[test]
    fn a_default_name_does_not_stand_beside_one_that_differs_in_capitals_only() {
        assert_eq!(
            names(&strings(&["north", "cloud-c"]), None).unwrap(),
            ["north", "cloud-c", "CLOUD-D", "ORGANISATION-5"]
        );
    }
}
