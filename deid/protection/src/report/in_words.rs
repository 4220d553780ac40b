//! Risk in words, as somebody says it who has to answer for it.

use super::{ReportParts, escape, grouped, percent};
use crate::risk::RiskReport;
use crate::sensitive::SensitiveAttribute;

/// "one chance in 5", of a probability.
pub(super) fn chance(probability: f64) -> String {
    if probability <= 0.0 || !probability.is_finite() {
        return "no chance".to_owned();
    }
    // One that is certain has no "in".
    let among = (1.0 / probability).floor();
    if among < 2.0 {
        "no more than certainty: somebody stands alone".to_owned()
    } else {
        format!("one chance in {}", grouped(among as u64))
    }
}

/// What somebody can do with the result.
pub(super) fn risk(parts: &ReportParts<'_>) -> String {
    let (before, after) = (parts.before, parts.after);
    let line = |who: &str, does: &str, of: &dyn Fn(&RiskReport) -> f64| {
        format!(
            "<li><b>{who}</b> {does} <b>{}</b> at most; before it was {}.</li>",
            chance(of(after)),
            chance(of(before))
        )
    };
    let found = |risk: &RiskReport| grouped(risk.found_in_population.round() as u64);
    format!(
        "<h2>In words</h2><ul>{}{}<li><b>Somebody who compares everybody in these records with a register of the whole population</b> is expected to \
         find <b>{} of {} people</b>; before it was {} of {}.</li></ul>",
        line(
            "Somebody who knows that a person is in these records",
            "and what the quasi-identifiers say of her picks her row with",
            &|risk| risk.prosecutor_highest
        ),
        line("Somebody who knows only that she is in the population", "picks her row with", &|risk| risk
            .journalist_highest),
        found(after),
        grouped(after.subjects as u64),
        found(before),
        grouped(before.subjects as u64),
    ) + &sensitive(parts.sensitive)
}

/// What classes tell although nobody is found.
fn sensitive(attributes: &[SensitiveAttribute]) -> String {
    if attributes.is_empty() {
        return String::new();
    }
    let row = |one: &SensitiveAttribute| {
        let told = match one.told {
            0 => "nobody".to_owned(),
            told => format!("{} of {}", grouped(told as u64), grouped(one.subjects as u64)),
        };
        format!(
            "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{told}</td></tr>",
            escape(&one.name),
            grouped(one.distinct as u64),
            grouped(one.least_distinct as u64),
            percent(one.greatest_share),
        )
    };
    let rows: String = attributes.iter().map(row).collect();
    format!(
        "<h2>What is told without finding anybody</h2><p>Where all people of a class share a value, whoever knows that somebody is in the class knows \
         hers. Models such as l-diversity and t-closeness in the configuration set a limit.</p><table><tr><th>sensitive attribute</th>\
         <th class=\"n\">distinct values</th><th class=\"n\">fewest in a class</th><th class=\"n\">greatest share of a class</th>\
         <th>people whose value their class tells</th></tr>{rows}</table>"
    )
}
