//! What the verbs say: to people on standard error and standard output, to machines as JSON.

use std::io::Write as _;

use anyhow::Result;
pub use medshare_cli_terminal::note;
use medshare_cli_terminal::shown;
use medshare_deid::{CheckReport, DeidReport, Level, SensitivityReport};
use serde::Serialize;

/// Says that something deserves attention.
pub fn warn(text: &str) {
    note(&format!("warning: {text}"));
}

/// Answers in the form that was asked for.
pub fn answer<T: Serialize>(json: bool, value: &T, text: impl FnOnce(&T) -> String) -> Result<()> {
    let out = if json { shown::json(&serde_json::to_string_pretty(value)?) } else { shown::lines(&text(value)) };
    match writeln!(std::io::stdout().lock(), "{}", out.trim_end()) {
        // Who reads only the beginning has what she wants.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
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
    for reason in &report.reasons {
        text += &format!("  {:<44} {:<34} {:>9}\n", reason.place, reason.kind.label(), reason.count);
    }
    text
}

pub fn check(report: &CheckReport) -> String {
    let mut text =
        format!("{}: smallest class {}\n", if report.passed { "may leave" } else { "must not leave" }, report.k_found);
    for finding in &report.findings {
        text += &format!("  {finding}\n");
    }
    text
}

pub fn done(report: &DeidReport) -> String {
    let mut text = format!(
        "{} of {} people, {} of {} records; {} classes, the smallest of {} (required: {}); loss {:.1} %\n",
        report.subjects_after,
        report.subjects_before,
        report.records_after,
        report.records_before,
        report.classes,
        report.k_achieved,
        report.k_required,
        report.loss * 100.0 + 0.0
    );
    for one in &report.generalised {
        let level =
            one.level.map_or_else(|| "class by class".to_owned(), |level| format!("level {level} of {}", one.highest));
        text += &format!("  {:<30} {level:<16} {:>5.1} % lost\n", one.attribute, one.loss * 100.0);
    }
    text
}
