//! `scan`: how sensitive records are.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use medshare_deid::{DeidConfig, classify, fhir};

use crate::configuration;
use crate::input::{self, InputArgs};
use crate::inspection::inspect;
use crate::words::{self, answer};

/// Rank records as highly or lowly sensitive, with reasons.
///
/// Finds identifiers by the schema and by content: names, record and social security numbers, dates, ZIP codes, telephone numbers,
/// e-mail and web addresses, free text. Nothing is changed, and no value is printed.
#[derive(Debug, Args)]
pub struct ScanArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Configuration with the roles of columns; proposed from the records if not given.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub fn run(args: &ScanArgs, json: bool) -> Result<ExitCode> {
    let report = if let Some(files) = input::fhir_files(&args.input)? {
        let config = args.config.as_deref().map_or_else(|| Ok(DeidConfig::default()), configuration::load)?;
        let (inspection, quarantine) = inspect(&files, &config, fhir::open)?;
        quarantine.tell();
        inspection.sensitivity()
    } else {
        let input = input::read(&args.input)?;
        classify(&input.records, &configuration::chosen(args.config.as_deref(), &input.records)?)
    };
    answer(json, &report, words::sensitivity)?;
    Ok(ExitCode::SUCCESS)
}
