//! What became of each column and element, with the rule and an example of the result.

use super::{ReportParts, escape, grouped};
use crate::account::{Fate, MOST_DISTINCT, PlaceAccount};

/// Most places that are listed for each fate; the rest is counted.
const MOST_PLACES: usize = 200;

/// A table for each fate.
pub(super) fn places(parts: &ReportParts<'_>) -> String {
    let list = |fate: Fate, title: &str, words: &str| {
        let own: Vec<&PlaceAccount> = parts.account.iter().filter(|account| account.fate == fate).collect();
        if own.is_empty() {
            return String::new();
        }
        let rows: String = own.iter().take(MOST_PLACES).map(|account| row(account)).collect();
        let more = own.len().saturating_sub(MOST_PLACES);
        let more = if more > 0 { format!("<p>and {} more</p>", grouped(more as u64)) } else { String::new() };
        format!(
            "<h3>{title}</h3><p>{words}</p><table><tr><th>what</th><th>why, and by which rule</th><th class=\"n\">values before</th>\
             <th class=\"n\">after</th><th class=\"n\">distinct before</th><th class=\"n\">after</th><th>example of the result</th></tr>{rows}</table>{more}"
        )
    };
    let lists = [
        list(
            Fate::Withheld,
            "Withheld: nobody said what it is",
            "Who knows that it may leave lists it in the configuration; until then it stays.",
        ),
        list(Fate::Removed, "Removed", "Nothing of it is in the result."),
        list(Fate::Changed, "Changed", "Coarser than it was, or some values of it are gone."),
        list(Fate::Kept, "Kept as it was", "Every value of everybody who stayed leaves unchanged."),
    ];
    format!("<h2>What became of each column and element</h2>{}", lists.concat())
}

fn row(account: &PlaceAccount) -> String {
    let why: Vec<String> = account.why.iter().map(|why| escape(&why.rule())).collect();
    let why = if why.is_empty() { "by the model: nothing in it identifies".to_owned() } else { why.join("<br>") };
    let distinct = |count: usize| {
        let text = grouped(count as u64);
        if count >= MOST_DISTINCT { format!("{text}+") } else { text }
    };
    format!(
        "<tr><td>{}</td><td>{why}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>",
        escape(&account.place),
        grouped(account.before),
        grouped(account.after),
        distinct(account.distinct_before),
        distinct(account.distinct_after),
        account.example.as_deref().map(escape).unwrap_or_default(),
    )
}
