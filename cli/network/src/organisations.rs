//! Who takes part in a network: as many organisations as it has validators.

use anyhow::{Result, bail};
use medshare_cli_terminal::Failure;
use medshare_ledger::validator::{MAX_VALIDATORS, MIN_VALIDATORS};

const DEFAULT_NAMES: [&str; 4] = ["HOSPITAL-A", "HOSPITAL-B", "CLOUD-C", "CLOUD-D"];

/// The organisations that were named, and behind them default ones until there are `validators`.
///
/// # Errors
/// When their number is out of bounds, or one is named twice.
pub fn names(named: &[String], validators: Option<usize>) -> Result<Vec<String>> {
    let count = validators.unwrap_or_else(|| named.len().max(MIN_VALIDATORS));
    if named.len() > count {
        let message = format!("{} organisations are named and --validators is {count}", named.len());
        bail!(Failure::argument(format!("{message}; expected one validator each")));
    }
    let bounds = format!("expected {MIN_VALIDATORS} to {MAX_VALIDATORS} validators, got {count}");
    if count > MAX_VALIDATORS {
        bail!(Failure::argument(bounds));
    }
    if count < MIN_VALIDATORS {
        bail!(Failure::argument(format!("{bounds}: four are the fewest that tolerate a fault")));
    }
    if let Some((_, twice)) =
        named.iter().enumerate().find(|(index, name)| named.iter().take(*index).any(|n| n == *name))
    {
        bail!(Failure::argument(format!("the organisation {twice} is named twice; expected a name for each")));
    }
    let further = (DEFAULT_NAMES.len() + 1..).map(|number| format!("ORGANISATION-{number}"));
    let defaults = DEFAULT_NAMES.iter().map(|name| (*name).to_owned()).chain(further);
    // Each default name has its place, so that CLOUD-C stays the third whoever else is named.
    let behind = defaults.skip(named.len()).filter(|name| !named.contains(name));
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
    }
}
