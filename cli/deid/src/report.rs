//! `report`: records before and after, compared.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use medshare_cli_terminal::Failure;
use medshare_cli_terminal::whole_file::must_be_new;
use medshare_deid::risk::risk;
use medshare_deid::{
    Category, DeidConfig, DeidReport, Reason, Records, Role, Withheld, classify, subject_count, with_own_names,
    withheld,
};

use crate::output::stage;
use crate::result::{Compared, page, released_files};
use crate::table_file::TableArgs;
use crate::words::answer;
use crate::{configuration, input};

/// Compare records before and after: risk and utility, as one HTML file that a privacy officer can sign.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Records before: a file or a folder.
    before: PathBuf,
    /// Records after: a file or a folder.
    after: PathBuf,
    #[command(flatten)]
    table: TableArgs,
    /// Configuration that was used; proposed from the records before if not given.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// New file for the report.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Share of the population that is in the records, for journalist and marketer risk.
    #[arg(long, value_name = "SHARE", default_value_t = 1.0)]
    sampling_fraction: f64,
    /// Date to print in the report; today in UTC if not given.
    #[arg(long, value_name = "TEXT")]
    date: Option<String>,
}

pub fn run(args: &ReportArgs, json: bool) -> Result<ExitCode> {
    if !(args.sampling_fraction > 0.0 && args.sampling_fraction <= 1.0) {
        bail!(Failure::argument("--sampling-fraction: expected a share above 0 and at most 1"));
    }
    must_be_new(&[&args.out])?;
    let (before, _) = with_own_names(input::read_path(&args.before, &args.table)?);
    let named = TableArgs { header: Some(true), ..TableArgs::default() };
    let after = input::read_path(&args.after, &named)?;
    if before.type_label() != after.type_label() {
        let message = "one of the two is a table and the other FHIR; expected the same records before and after";
        bail!(Failure::argument(message));
    }
    let config = configuration::chosen(args.config.as_deref(), &before)?;
    config.validate(&before).context("the configuration does not fit the records before")?;
    let after_risk = risk(&after, &config, args.sampling_fraction);
    let done = DeidReport {
        k_required: config.k,
        k_achieved: after_risk.smallest_class,
        classes: after_risk.classes,
        subjects_before: subject_count(&before, &config),
        subjects_after: subject_count(&after, &config),
        records_before: before.count(),
        records_after: after.count(),
        loss: lost_information(&before, &after, &config),
        generalised: Vec::new(),
        removed: removed_columns(&before, &after, &config),
        withheld: withheld_columns(&before, &config),
        reference_year: config.reference_year.max(config.release_year),
        rows_of_nobody: 0,
        equal_rows: 0,
        overlooked_person: None,
    };
    let sensitivity = classify(&before, &config);
    let released = released_files(&args.after)?;
    let parts = Compared { before: &before, after: &after, config: &config, sensitivity, done: &done, released };
    let date = args.date.clone().unwrap_or_else(|| configuration::today().to_string());
    stage(&args.out, page(&parts, args.sampling_fraction, &date).as_bytes())?.publish()?;
    answer(json, &after_risk, |risk| {
        format!(
            "smallest class {}, {} people alone in theirs; report in {}",
            risk.smallest_class,
            risk.unique,
            args.out.display()
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The columns of a table that are gone.
fn removed_columns(before: &Records, after: &Records, config: &DeidConfig) -> Vec<Reason> {
    let (Records::Table(before), Records::Table(after)) = (before, after) else { return Vec::new() };
    let gone = before.column_names().filter(|name| after.column(name).is_none());
    let reason = |name: &str| Reason {
        place: name.to_owned(),
        kind: match config.table.role(name) {
            Role::Unclassified => Category::Unclassified,
            _ => Category::Identifier,
        },
        count: before.row_count() as u64,
    };
    gone.map(reason).collect()
}

fn withheld_columns(before: &Records, config: &DeidConfig) -> Vec<Withheld> {
    match before {
        Records::Table(table) => withheld(table, &config.table),
        Records::Fhir(_) => Vec::new(),
    }
}

/// Mean share of the quasi-identifiers' entropy that is gone.
fn lost_information(before: &Records, after: &Records, config: &DeidConfig) -> f64 {
    let (before, after) = (risk(before, config, 1.0), risk(after, config, 1.0));
    let lost = before.attributes.iter().filter(|own| own.entropy > 0.0).map(|own| {
        let left = after.attributes.iter().find(|other| other.name == own.name).map_or(0.0, |other| other.entropy);
        1.0 - (left / own.entropy).min(1.0)
    });
    let lost: Vec<f64> = lost.collect();
    if lost.is_empty() { 0.0 } else { lost.iter().sum::<f64>() / lost.len() as f64 }
}
