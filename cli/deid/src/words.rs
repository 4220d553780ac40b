//! What the verbs say: to people on standard error and standard output, to machines as JSON.

use anyhow::Result;
pub use medshare_cli_terminal::note;
use medshare_cli_terminal::paragraph::paragraph;
use medshare_cli_terminal::shown::line;
use medshare_cli_terminal::{Answer, Table, TableArgs, counted};
use medshare_deid::together::TogetherReport;
use medshare_deid::{Category, CheckReport, DeidReport, Level, SensitivityReport};
use serde::Serialize;

/// Says that something deserves attention.
pub fn warn(text: &str) {
    note(&format!("warning: {text}"));
}

/// The first of these names, and how many more there are.
pub fn listed<N: AsRef<str>>(names: &[N]) -> String {
    const NAMED: usize = 8;
    let first: Vec<&str> = names.iter().take(NAMED).map(AsRef::as_ref).collect();
    match names.len() {
        0 => "none".to_owned(),
        all if all > NAMED => format!("{} and {} more", first.join(", "), all - NAMED),
        _ => first.join(", "),
    }
}

/// Answers in the form that was asked for.
pub fn answer<T: Serialize>(json: bool, value: &T, text: impl FnOnce(&T) -> String) -> Result<()> {
    let text = if json { String::new() } else { text(value) };
    Ok(Answer::new(value, text.trim_end())?.print(json)?)
}

/// Says that nothing may leave and why; to machines on standard output, since that is the answer.
pub fn refused(json: bool, why: &str) -> Result<()> {
    note(&format!("refused: {why}"));
    if json {
        let error = serde_json::json!({"error": {"code": "must-not-leave", "message": why, "hint": null}});
        answer(json, &error, |_| String::new())?;
    }
    Ok(())
}

pub fn sensitivity(report: &SensitivityReport) -> String {
    let mut text = match report.level {
        Level::High => "highly sensitive\n".to_owned(),
        Level::Low => "lowly sensitive\n".to_owned(),
    };
    text += &format!("smallest class of people who are equal on all quasi-identifiers: {}\n\n", report.smallest_class);
    let mut table = Table::new(&["where", "what", "how often"]);
    for reason in &report.reasons {
        table.row(vec![reason.place.clone().into(), reason.kind.label().into(), reason.count.to_string().into()]);
    }
    text + &table.text(TableArgs { wide: false }, "nothing was found")
}

pub fn check(report: &CheckReport) -> String {
    let mut text =
        format!("{}: smallest class {}\n", if report.passed { "may leave" } else { "must not leave" }, report.k_found);
    for finding in &report.findings {
        text += &paragraph(&finding.to_string(), "  ");
        text.push('\n');
    }
    text
}

/// What two releases tell together.
pub fn together(report: &TogetherReport) -> String {
    let both = format!(
        "both releases: {}\n",
        if report.passed { "may be handed to one person" } else { "must not be handed to one person" }
    );
    let mut lines = vec![format!("both show {}", listed(&report.shared))];
    lines.push(match report.smallest_class {
        0 => "nobody can be in both".to_owned(),
        size => format!("people who are alike in both: {size} at least ({} required)", report.k_required),
    });
    if report.below_k > 0 {
        lines.push(format!("{} are alike with fewer than {} in both together; release the same generalisation again, or generalise more", counted(report.below_k, "person", "people"), report.k_required));
    }
    if report.only_in_one > 0 {
        lines.push(format!("{} of few are in one of the two only: who knows that somebody came or left finds them; release when {} have come or left", counted(report.only_in_one, "person", "people"), report.k_required));
    }
    if !report.incomparable.is_empty() {
        lines.push(format!("{} cannot be compared: the two tell it in different words; name the configuration with the hierarchy by --config and --with-config", listed(&report.incomparable)));
    }
    if report.aligned > 0 {
        lines.push(format!(
            "{} of {} fit exactly one of the other release: what both tell of them can be put together",
            report.aligned,
            counted(report.subjects, "row", "rows")
        ));
    }
    lines.iter().fold(both, |text, line| text + &paragraph(line, "  ") + "\n")
}

/// Says that rows were taken for people, where some of them seem to be of the same person.
fn rows_for_people(report: &DeidReport) -> String {
    let why = match (&report.overlooked_person, report.equal_rows) {
        (Some(column), _) => format!("`{}` seems to tell people apart, and repeats", line(column)),
        (None, 1) => "1 row is equal to another one".to_owned(),
        (None, rows) if rows > 1 => format!("{rows} rows are equal to another one"),
        _ => return String::new(),
    };
    let text = format!(
        "rows were taken for people: {why}. If a person has several rows, fewer people than {} may be alike: name the column that tells \
         people apart as `person` under [table]",
        report.k_required
    );
    paragraph(&text, "  ") + "\n"
}

pub fn done(report: &DeidReport) -> String {
    let mut text = format!(
        "{} of {} people, {} of {} records; {}, the smallest of {} (required: {}); loss {:.1} %\n",
        report.subjects_after,
        report.subjects_before,
        report.records_after,
        report.records_before,
        counted(report.classes, "class", "classes"),
        report.k_achieved,
        report.k_required,
        report.loss * 100.0 + 0.0
    );
    for one in &report.generalised {
        let level =
            one.level.map_or_else(|| "class by class".to_owned(), |level| format!("level {level} of {}", one.highest));
        text += &format!("  {:<30} {level:<16} {:>5.1} % lost\n", one.attribute, one.loss * 100.0);
    }
    if report.rows_of_nobody > 0 {
        let rows = counted(report.rows_of_nobody as usize, "row", "rows");
        text += &format!("  left out: {rows} in which the person column does not tell whose they are\n");
    }
    text += &rows_for_people(report);
    for one in report.removed.iter().filter(|one| one.kind == Category::Formula) {
        text += &format!(
            "  {:<30} {} told as text, with an apostrophe\n",
            one.place,
            counted(one.count as usize, "formula", "formulas")
        );
    }
    text
}
