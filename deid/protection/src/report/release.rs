//! What the privacy officer decides on: the verdict, what was required, and the files that a signature is about.

use std::io::Read;

use sha2::{Digest as _, Sha256};

use super::{ReportParts, escape, grouped, percent};
use crate::check::Finding;
use crate::config::{DateHandling, Method};
use medshare_deid_identifiers::RestrictedZips;
use medshare_deid_identifiers::hex;

/// Most findings that are listed.
const MOST_FINDINGS: usize = 30;

/// A file that is to be released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleasedFile {
    name: String,
    bytes: u64,
    sha256: String,
}

impl ReleasedFile {
    /// Reads a file for its length and digest.
    ///
    /// # Errors
    /// If it cannot be read to its end.
    pub fn read(name: String, mut file: impl Read) -> std::io::Result<Self> {
        let (mut hash, mut bytes, mut part) = (Sha256::new(), 0, vec![0u8; 1 << 16]);
        loop {
            let count = file.read(&mut part)?;
            if count == 0 {
                return Ok(ReleasedFile { name, bytes, sha256: hex(&hash.finalize()) });
            }
            hash.update(part.get(..count).unwrap_or_default());
            bytes += count as u64;
        }
    }
}

/// Whether the records may leave, and what is against it.
pub(super) fn verdict(parts: &ReportParts<'_>) -> String {
    let findings = &parts.checked.findings;
    if findings.is_empty() {
        let others = parts.checked.k_found.saturating_sub(1);
        return format!(
            "<p class=\"verdict\">These records may leave: the check found nothing that identifies, and every person shares all \
             quasi-identifiers with at least {} others.</p>",
            grouped(others.into())
        );
    }
    let mut list: String = findings
        .iter()
        .take(MOST_FINDINGS)
        .map(|finding| format!("<li>{}</li>", escape(&finding.to_string())))
        .collect();
    if findings.len() > MOST_FINDINGS {
        list += &format!("<li>and {} more</li>", findings.len() - MOST_FINDINGS);
    }
    format!("<div class=\"verdict bad\">These records must not leave.<ul>{list}</ul></div>")
}

/// What was required and what was configured.
pub(super) fn requirements(parts: &ReportParts<'_>) -> String {
    let config = parts.config;
    let list = |names: &[String]| if names.is_empty() { "none".to_owned() } else { escape(&names.join(", ")) };
    let fails = |name: &str| {
        parts.checked.findings.iter().any(|one| matches!(one, Finding::Model { model, .. } if model == name))
    };
    let anonymity = (format!("{}-anonymity", config.k), format!("reached: {}", parts.checked.k_found));
    let models = config.privacy.iter().map(|model| {
        let name = model.to_string();
        let holds = if fails(&name) { "does not hold" } else { "holds" };
        (format!("required: {}", escape(&name)), holds.to_owned())
    });
    let withheld: Vec<String> = parts.done.withheld.iter().map(|one| format!("{}: {}", one.column, one.why)).collect();
    let quasi: Vec<String> = parts.before.attributes.iter().map(|own| own.name.clone()).collect();
    let is_table = !config.table.quasi_identifiers.is_empty() || !config.table.keep.is_empty();
    let left_out = parts.done.subjects_before.saturating_sub(parts.done.subjects_after);
    let mut rows = vec![(format!("required: {}", anonymity.0), anonymity.1)];
    rows.extend(models);
    rows.push((
        format!("may be left out: {}", percent(config.suppression_limit)),
        format!("left out: {}", percent(left_out as f64 / parts.done.subjects_before.max(1) as f64)),
    ));
    let method = match config.method {
        Method::Mondrian if is_table => "class by class (Mondrian)".to_owned(),
        _ => format!("each column to one level, best by {}", config.metric),
    };
    rows.push(("generalisation".to_owned(), method));
    let dates = match config.dates {
        DateHandling::Shift if !is_table || config.table.person.is_some() => {
            "moved back by 1 to 365 days, the same for all dates of a person"
        }
        _ => "the year",
    };
    rows.push(("dates".to_owned(), dates.to_owned()));
    let year = parts.done.reference_year.map_or_else(|| "unknown: no dates".to_owned(), |year| year.to_string());
    rows.push(("year in which ages are counted".to_owned(), year));
    rows.push(("ZIP areas told as 000".to_owned(), zips(&config.restricted_zips)));
    rows.push(("quasi-identifiers, generalised".to_owned(), list(&quasi)));
    if is_table {
        rows.push(("people told apart by".to_owned(), people_by(parts)));
        rows.push(("direct identifiers, removed".to_owned(), list(&config.table.direct_identifiers)));
        rows.push(("sensitive, kept".to_owned(), list(&config.table.sensitive)));
        rows.push(("neither, kept".to_owned(), list(&config.table.keep)));
        let withheld: Vec<String> = withheld.iter().map(|one| escape(one)).collect();
        let told = if withheld.is_empty() { "none".to_owned() } else { withheld.join("<br>") };
        rows.push(("withheld, and in which list to put it".to_owned(), told));
    }
    let body: String = rows.iter().map(|(name, value)| format!("<tr><td>{name}</td><td>{value}</td></tr>")).collect();
    format!("<h2>What was required and configured</h2><table>{body}</table>")
}

/// By what people are told apart, or that rows were taken for people.
fn people_by(parts: &ReportParts<'_>) -> String {
    if let Some(person) = &parts.config.table.person {
        return escape(person);
    }
    let seems = |column: &String| format!("; `{}` seems to tell people apart, and repeats", escape(column));
    let seems = parts.done.overlooked_person.as_ref().map(seems).unwrap_or_default();
    let equal = match parts.done.equal_rows {
        0 => String::new(),
        rows => format!("; {} rows are equal to another one", grouped(rows)),
    };
    format!("nothing: each row was taken for a person{seems}{equal}")
}

fn zips(restricted: &RestrictedZips) -> String {
    match restricted {
        RestrictedZips::Census2000 => "those of the 2000 census".to_owned(),
        RestrictedZips::Census2010 => "those of the 2010 census".to_owned(),
        RestrictedZips::Both => "those of the 2000 and of the 2010 census".to_owned(),
        RestrictedZips::List(list) => escape(&list.join(", ")),
    }
}

/// The files, and a place to sign.
pub(super) fn signature(parts: &ReportParts<'_>) -> String {
    let row = |file: &ReleasedFile| {
        format!(
            "<tr><td>{}</td><td class=\"n\">{}</td><td><code>{}</code></td></tr>",
            escape(&file.name),
            grouped(file.bytes),
            file.sha256
        )
    };
    let files: String = parts.released.iter().map(row).collect();
    format!(
        "<h2>Release</h2><p>The signature is about these files and no others; <code>sha256sum</code> tells their digests. The report does \
         not know what else an attacker has: the choice of quasi-identifiers is part of what is signed.</p>\
         <table><tr><th>file</th><th class=\"n\">bytes</th><th>SHA-256</th></tr>{files}</table>\
         <table class=\"sign\"><tr><td>Privacy officer</td><td>Date</td><td>Signature</td></tr></table>\
         <p><small>MeDShare {}</small></p>",
        env!("CARGO_PKG_VERSION")
    )
}
