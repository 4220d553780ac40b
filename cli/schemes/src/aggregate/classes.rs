//! Sets of classes as people write them: `1-5,7`.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use medshare_cli_terminal::Failure;
use medshare_crypto::key_aggregate::MAX_CLASSES;

/// Parses `1-5,7`.
pub fn parse(text: &str) -> anyhow::Result<BTreeSet<u16>> {
    let mut classes = BTreeSet::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str| {
            let number = text.trim().parse::<u16>().ok();
            number.with_context(|| {
                Failure::argument(format!("{part:?} is no class; expected numbers and ranges such as 1-5,7"))
            })
        };
        let (first, last) = (number(first)?, number(last)?);
        ensure!(
            (1..=MAX_CLASSES).contains(&first) && (first..=MAX_CLASSES).contains(&last),
            Failure::argument(format!("{part:?} is no range of classes; they are numbered 1 to {MAX_CLASSES}"))
        );
        classes.extend(first..=last);
    }
    Ok(classes)
}

/// The set in the same notation.
pub fn text(classes: &BTreeSet<u16>) -> String {
    let mut ranges: Vec<(u16, u16)> = Vec::new();
    for class in classes {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *class => *last = *class,
            _ => ranges.push((*class, *class)),
        }
    }
    let range = |(first, last): &(u16, u16)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    ranges.iter().map(range).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that goes wrong should stop where it went wrong")]
mod tests {
    use super::*;

    #[test]
    fn sets_of_classes_are_written_as_they_are_read() {
        for (given, written) in [("7", "7"), ("1-5,7", "1-5,7"), ("3,1,2,2", "1-3"), ("1, 3 - 4", "1,3-4")] {
            assert_eq!(text(&parse(given).unwrap()), written);
        }
        for wrong in ["", "0", "5-1", "a", "1,,2", "1-", "1025", "-1", "99999"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
