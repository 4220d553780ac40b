//! `check`: whether records may leave.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use medshare_cli_terminal::{Exit, Failure};
use medshare_deid::together::{TogetherReport, together};
use medshare_deid::{CheckReport, DeidConfig, Records};
use serde::Serialize;

use crate::configuration;
use crate::input::{self, InputArgs};
use crate::inspection::inspect;
use crate::table_file::TableArgs;
use crate::words::{self, answer, note};

/// Check de-identified records: identifiers that were overlooked, ages, dates, and k-anonymity. Exit code 3 if they must not leave.
///
/// The configuration that the records must fulfil is that of --config, else the `release.toml` that `run` wrote beside them. With --with, it
/// also looks at what somebody learns who has another release as well: whether people who are alike in each are alike in both together.
#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Configuration that the records must fulfil; the release's own if not given, else for FHIR the built-in one.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Another release, a file or folder, that somebody may have beside this one.
    #[arg(long, value_name = "PATH")]
    with: Option<PathBuf>,
    /// Configuration of the other release; its own if not given, else this one's.
    #[arg(long, value_name = "FILE", requires = "with")]
    with_config: Option<PathBuf>,
}

/// What a check answers.
#[derive(Serialize)]
struct Checked {
    #[serde(flatten)]
    report: CheckReport,
    /// What both releases tell together.
    #[serde(skip_serializing_if = "Option::is_none")]
    together: Option<TogetherReport>,
}

pub fn run(args: &CheckArgs, json: bool) -> Result<ExitCode> {
    let fhir = input::fhir_files(&args.input)?;
    // What cannot be read is told before what it is to be checked against.
    let streamed = fhir.as_ref().filter(|_| args.with.is_none());
    let read = if streamed.is_some() { None } else { Some(input::read_as_named(&args.input)?) };
    let own = configuration::of_release(args.config.as_deref(), &args.input.paths)?;
    let config = own.or_else(|| fhir.as_ref().map(|_| DeidConfig::default())).ok_or_else(roleless)?;
    let (report, set_aside, records) = match (streamed, read) {
        (_, Some(input)) => {
            config.validate_requirements(&input.records)?;
            if let (Some(person), Records::Table(table)) = (&config.table.person, &input.records)
                && table.column(person).is_none()
            {
                note("the column that tells people apart is not in the table: rows are taken for people");
            }
            (medshare_deid::check(&input.records, &config), input.quarantine.count, Some(input.records))
        }
        (files, None) => {
            config.validate_requirements(&Records::Fhir(Vec::new()))?;
            // What may leave has no bundles: protection opens them.
            let (inspection, quarantine) =
                inspect(files.map_or(&[], Vec::as_slice), &config, |resource| vec![resource])?;
            quarantine.tell();
            (inspection.check(), quarantine.count, None)
        }
    };
    let together = match (&args.with, &records) {
        (Some(path), Some(records)) => Some(held(args, path, (records, &config))?),
        _ => None,
    };
    let passed = report.passed && set_aside == 0 && together.as_ref().is_none_or(|report| report.passed);
    answer(json, &Checked { report, together }, |checked| {
        words::check(&checked.report) + &checked.together.as_ref().map(words::together).unwrap_or_default()
    })?;
    if set_aside > 0 {
        note("lines that are no FHIR resource must not leave; remove them");
    }
    Ok(if passed { ExitCode::SUCCESS } else { Exit::Refused.into() })
}

/// The release together with another one.
fn held(args: &CheckArgs, path: &PathBuf, (records, config): (&Records, &DeidConfig)) -> Result<TogetherReport> {
    let named = TableArgs { header: Some(true), ..TableArgs::default() };
    let other = input::read_path(path, &named)?;
    let own = configuration::of_release(args.with_config.as_deref(), std::slice::from_ref(path))?;
    let other_config = own.unwrap_or_else(|| config.clone());
    other_config.validate_requirements(&other)?;
    Ok(together((records, config), (&other, &other_config)).map_err(|error| Failure::argument(error.to_string()))?)
}

fn roleless() -> Failure {
    Failure::argument("a table is checked against the roles of its columns, which nothing names")
        .hint("name its configuration with --config; `run` writes it beside the result as release.toml")
}
