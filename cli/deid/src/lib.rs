//! `medshare deid`: de-identification without a network.
//!
//! `scan` ranks, `plan` proposes a configuration, `run` de-identifies, `check` judges a result, `report` compares before and after,
//! `sample` invents records to try it with.

#![forbid(unsafe_code)]

mod asking;
mod check;
mod configuration;
mod file_kind;
mod input;
mod inspection;
mod output;
mod parquet_file;
mod partial;
mod plan;
mod report;
mod resources;
mod result;
mod rules;
mod run;
mod sample;
mod scan;
mod table_file;
mod unchanged;
mod words;

use std::process::ExitCode;

use clap::{Args, Subcommand};

/// De-identify medical records: rank, plan, run, check, report.
///
/// Works on files, without a network: CSV tables, Parquet tables, and FHIR R4 as NDJSON or JSON (each also gzipped), or folders of these.
/// Everything that is written has passed the same check that a second organisation's node makes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medshare deid sample --table --out example/
  medshare deid scan records/
  medshare deid plan patients.csv --out deid.toml
  medshare deid run patients.csv --config deid.toml --out released/ \\
      --report report.html
  medshare deid run patients.csv --yes-propose --out released/
  medshare deid check released/ --config deid.toml && echo may leave

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the records must not leave,
7 a key file that does not fit")]
pub struct DeidArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Scan(scan::ScanArgs),
    Plan(plan::PlanArgs),
    Run(run::RunArgs),
    Check(check::CheckArgs),
    Report(report::ReportArgs),
    Sample(sample::SampleArgs),
}

/// Runs a verb; with `json`, the answer is one JSON document.
///
/// # Errors
/// What could not be read, understood or written.
pub fn run(args: DeidArgs, json: bool) -> anyhow::Result<ExitCode> {
    match args.verb {
        Verb::Scan(args) => scan::run(&args, json),
        Verb::Plan(args) => plan::run(&args, json),
        Verb::Run(args) => run::run(&args, json),
        Verb::Check(args) => check::run(&args, json),
        Verb::Report(args) => report::run(&args, json),
        Verb::Sample(args) => sample::run(&args, json),
    }
}
