//! `check`: whether records may leave.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use medshare_cli_terminal::{Exit, Failure};
use medshare_deid::{DeidConfig, Records};

use crate::configuration;
use crate::input::{self, InputArgs};
use crate::inspection::inspect;
use crate::words::{self, answer, note};

/// Check de-identified records: identifiers that were overlooked, ages, dates, and k-anonymity. Exit code 3 if they must not leave.
#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Configuration that the records must fulfil; for FHIR the built-in one if not given.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub fn run(args: &CheckArgs, json: bool) -> Result<ExitCode> {
    let (report, set_aside) = if let Some(files) = input::fhir_files(&args.input)? {
        let config = args.config.as_deref().map_or_else(|| Ok(DeidConfig::default()), configuration::load)?;
        config.validate_requirements(&Records::Fhir(Vec::new()))?;
        // What may leave has no bundles: protection opens them.
        let (inspection, quarantine) = inspect(&files, &config, |resource| vec![resource])?;
        quarantine.tell();
        (inspection.check(), quarantine.count)
    } else {
        let input = input::read_as_named(&args.input)?;
        let path = args.config.as_deref();
        let path = path.ok_or_else(|| {
            Failure::argument("a table is checked against the roles of its columns, which nothing names")
                .hint("name its configuration with --config")
        })?;
        let config = configuration::load(path)?;
        config.validate_requirements(&input.records)?;
        if let (Some(person), Records::Table(table)) = (&config.table.person, &input.records)
            && table.column(person).is_none()
        {
            note("the column that tells people apart is not in the table: rows are taken for people");
        }
        (medshare_deid::check(&input.records, &config), input.quarantine.count)
    };
    answer(json, &report, words::check)?;
    if set_aside > 0 {
        note("lines that are no FHIR resource must not leave; remove them");
    }
    Ok(if report.passed && set_aside == 0 { ExitCode::SUCCESS } else { Exit::Refused.into() })
}
