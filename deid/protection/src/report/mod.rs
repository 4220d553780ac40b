//! A report for the privacy officer: what was done, what risk is left, what utility is left; one HTML file with drawings in SVG, nothing
//! loaded from elsewhere, with a place to sign. It names columns and counts; of values only such as the result tells of at least k
//! people.

mod chart;
mod in_words;
mod places;
mod release;

use crate::account::PlaceAccount;
use crate::check::CheckReport;
use crate::config::DeidConfig;
use crate::deidentify::DeidReport;
use crate::outcome::Generalisation;
use crate::risk::{AttributeRisk, RiskReport};
use crate::sensitive::SensitiveAttribute;
use crate::sensitivity::SensitivityReport;

use chart::{Bar, bars, paired_columns};
pub use release::ReleasedFile;

/// What a report tells.
#[derive(Debug)]
pub struct ReportParts<'a> {
    /// A title, such as the data set's name.
    pub title: &'a str,
    /// When it was made, in words.
    pub date: &'a str,
    /// The configuration that was used.
    pub config: &'a DeidConfig,
    /// The ranking before.
    pub sensitivity: &'a SensitivityReport,
    /// What was done.
    pub done: &'a DeidReport,
    /// What became of each place.
    pub account: &'a [PlaceAccount],
    /// What classes of the result tell of sensitive attributes.
    pub sensitive: &'a [SensitiveAttribute],
    /// Risk before.
    pub before: &'a RiskReport,
    /// Risk after.
    pub after: &'a RiskReport,
    /// The check of what is to be released.
    pub checked: &'a CheckReport,
    /// The files that are to be released.
    pub released: &'a [ReleasedFile],
    /// Which share of the population the records are.
    pub sampling_fraction: f64,
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}\
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}h3{font-size:1rem}table{border-collapse:collapse;width:100%}\
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d0d7de}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}\
svg{max-width:100%;height:auto}code{overflow-wrap:anywhere;font-size:.85rem}.verdict{padding:.6rem 1rem;border-left:6px solid #1a7f37;background:#eef8f0}\
.verdict.bad{border-color:#cf222e;background:#fdf0f0}.sign td{height:3.5rem;vertical-align:bottom}\
small{color:#57606a}@media print{body{margin:0}}";

/// Writes the report.
pub fn html(parts: &ReportParts<'_>) -> String {
    let sections = [
        release::verdict(parts),
        in_words::risk(parts),
        places::places(parts),
        risk_table(parts),
        class_chart(parts),
        attribute_section(parts),
        generalisation(parts),
        found(parts),
        release::requirements(parts),
        release::signature(parts),
    ];
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style></head><body><h1>De-identification report: {title}</h1><p><small>{date}</small></p>\n{}\n</body></html>\n",
        sections.join("\n"),
        title = escape(parts.title),
        date = escape(parts.date),
    )
}

fn risk_table(parts: &ReportParts<'_>) -> String {
    let (before, after) = (parts.before, parts.after);
    let count = |value: usize| grouped(value as u64);
    let rows = [
        ("People", count(before.subjects), count(after.subjects)),
        ("Classes of people who are equal on all quasi-identifiers", count(before.classes), count(after.classes)),
        ("Smallest class (k)", grouped(before.smallest_class.into()), grouped(after.smallest_class.into())),
        ("People who are alone in their class", count(before.unique), count(after.unique)),
        ("People in classes smaller than required", count(before.below_k), count(after.below_k)),
        ("Prosecutor: highest risk", percent(before.prosecutor_highest), percent(after.prosecutor_highest)),
        ("Prosecutor: average risk", percent(before.prosecutor_average), percent(after.prosecutor_average)),
        ("Journalist: highest risk", percent(before.journalist_highest), percent(after.journalist_highest)),
        ("Marketer: share found", percent(before.marketer), percent(after.marketer)),
    ];
    let body: String = rows
        .iter()
        .map(|(name, before, after)| {
            format!("<tr><td>{name}</td><td class=\"n\">{before}</td><td class=\"n\">{after}</td></tr>")
        })
        .collect();
    let population = if parts.sampling_fraction < 1.0 {
        format!("The records are taken to be {} of the population.", percent(parts.sampling_fraction))
    } else {
        "The records are taken to be the whole population, which is the worst case.".to_owned()
    };
    format!(
        "<h2>Risk</h2><p>A prosecutor knows that a person is in the records and looks for her; a journalist knows only that she is in the \
        population; a marketer wants as many people as possible. {population}</p><table><tr><th></th><th class=\"n\">before</th><th class=\"n\">after</th></tr>{body}</table>"
    )
}

fn class_chart(parts: &ReportParts<'_>) -> String {
    let last = parts.before.subjects_by_class_size.len();
    let label = |index: usize| if index + 1 == last { format!("{last}+") } else { (index + 1).to_string() };
    let share = |counts: &[usize], subjects: usize| -> Vec<f64> {
        counts.iter().map(|count| *count as f64 / subjects.max(1) as f64).collect()
    };
    let labels: Vec<String> = (0..last).map(label).collect();
    format!(
        "<h2>How many others look the same</h2><p>Share of people by the size of their class. The dashed line is the required k = {}.</p>{}",
        parts.config.k,
        paired_columns(
            &labels,
            &share(&parts.before.subjects_by_class_size, parts.before.subjects),
            &share(&parts.after.subjects_by_class_size, parts.after.subjects),
            parts.config.k as usize,
        )
    )
}

fn attribute_section(parts: &ReportParts<'_>) -> String {
    let kept = |attribute: &AttributeRisk| {
        let done = parts.done.generalised.iter().find(|one| one.attribute == attribute.name);
        let after = parts.after.attributes.iter().find(|after| after.name == attribute.name);
        match (done, after) {
            (Some(done), _) => 1.0 - done.loss,
            (None, Some(after)) if attribute.entropy > 0.0 => (after.entropy / attribute.entropy).min(1.0),
            (None, Some(_)) => 1.0,
            (None, None) => 0.0,
        }
    };
    let risk: Vec<Bar> = parts
        .before
        .attributes
        .iter()
        .map(|attribute| Bar {
            label: attribute.name.clone(),
            value: attribute.contribution.max(0.0),
            text: percent(attribute.contribution),
        })
        .collect();
    let utility: Vec<Bar> = parts
        .before
        .attributes
        .iter()
        .map(|attribute| Bar { label: attribute.name.clone(), value: kept(attribute), text: percent(kept(attribute)) })
        .collect();
    format!(
        "<h2>What drives the risk</h2><p>How much the average risk before would fall without each quasi-identifier.</p>{}\
         <h2>What utility is left</h2><p>Share of each quasi-identifier that the result still tells. Loss over all: {}.</p>{}",
        bars(&risk, "#bc4c00"),
        percent(parts.done.loss),
        bars(&utility, "#1a7f37"),
    )
}

fn generalisation(parts: &ReportParts<'_>) -> String {
    if parts.done.generalised.is_empty() {
        return String::new();
    }
    let row = |one: &Generalisation| {
        let level =
            one.level.map_or_else(|| "class by class".to_owned(), |level| format!("{level} of {}", one.highest));
        format!(
            "<tr><td>{}</td><td class=\"n\">{level}</td><td class=\"n\">{}</td></tr>",
            escape(&one.attribute),
            percent(one.loss)
        )
    };
    let rows: String = parts.done.generalised.iter().map(row).collect();
    let head = "<tr><th>quasi-identifier</th><th class=\"n\">level</th><th class=\"n\">lost</th></tr>";
    format!("<h2>Generalisation</h2><table>{head}{rows}</table>")
}

fn found(parts: &ReportParts<'_>) -> String {
    let left_out = parts.done.subjects_before.saturating_sub(parts.done.subjects_after);
    let row = |place: &str, kind: &str, count: u64| {
        format!("<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td></tr>", escape(place), escape(kind), grouped(count))
    };
    let found: String =
        parts.sensitivity.reasons.iter().map(|reason| row(&reason.place, reason.kind.label(), reason.count)).collect();
    let head = "<tr><th>place</th><th>what</th><th class=\"n\">how often</th></tr>";
    format!(
        "<h2>What had been found</h2><p>{} people were left out as outliers, with all their records.</p><table>{head}{found}</table>",
        grouped(left_out as u64)
    )
}

fn percent(share: f64) -> String {
    // Zero has no sign.
    let hundred = share * 100.0 + 0.0;
    if hundred != 0.0 && hundred.abs() < 0.1 { format!("{hundred:.3} %") } else { format!("{hundred:.1} %") }
}

/// A count with a comma between thousands.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
    }
    out
}
