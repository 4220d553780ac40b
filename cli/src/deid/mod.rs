//! `medshare deid`: de-identification without a network.
//!
//! `scan` ranks, `plan` proposes a configuration, `run` de-identifies, `check` judges a result, `report` compares before and after,
//! `sample` invents records to try it with.

mod input;
mod output;
mod plan;
mod resources;
mod rules;
mod sample;
mod verbs;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

/// Exit code of `check` and `run` when records must not leave.
const REFUSED: u8 = 3;

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
  medshare deid run patients.csv --config deid.toml --out released/ --report report.html
  medshare deid check released/ --config deid.toml && echo may leave

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the records must not leave")]
pub struct DeidArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Scan(ScanArgs),
    Plan(PlanArgs),
    Run(RunArgs),
    Check(CheckArgs),
    Report(ReportArgs),
    Sample(SampleArgs),
}

/// Rank records as highly or lowly sensitive, with reasons.
///
/// Finds identifiers by the schema and by content: names, record and social security numbers, dates, ZIP codes, telephone numbers,
/// e-mail and web addresses, free text. Nothing is changed, and no value is printed.
#[derive(Debug, Args)]
struct ScanArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Configuration with the roles of columns; proposed from the records if not given.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Propose a configuration from records, every field explained.
///
/// Read it before you use it: a guess from names and content is no decision. Columns that nobody classified are withheld by `run`.
#[derive(Debug, Args)]
struct PlanArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Where to write it: a new file, so that no decision is lost; standard output if not given.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// De-identify records; write them only if the result passes the check.
#[derive(Debug, Args)]
struct RunArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Configuration (TOML, see `plan`); proposed from the records if not given.
    #[arg(long, value_name = "FILE", conflicts_with = "rules")]
    config: Option<PathBuf>,
    /// FHIR path rules in the configuration format of Microsoft's anonymizer, instead of the built-in protection.
    /// Resources stream through one by one; k-anonymity is not looked at, and the result is not checked.
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Folder for the result; must not exist or be empty.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Write a report with plots (HTML) to this file.
    #[arg(long, value_name = "FILE", conflicts_with = "rules")]
    report: Option<PathBuf>,
    /// Secret of the package: a file with 64 hexadecimal digits. Drawn anew and forgotten if not given, so that nobody can link this
    /// result to another one.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Write Parquet instead of CSV.
    #[arg(long)]
    parquet: bool,
}

/// Check de-identified records: identifiers that were overlooked, ages, dates, and k-anonymity. Exit code 3 if they must not leave.
#[derive(Debug, Args)]
struct CheckArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Configuration that the records must fulfil; for FHIR the built-in one if not given.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Compare records before and after: risk and utility, as one HTML file that a privacy officer can sign.
#[derive(Debug, Args)]
struct ReportArgs {
    /// Records before: a file or a folder.
    before: PathBuf,
    /// Records after: a file or a folder.
    after: PathBuf,
    /// Configuration that was used; proposed from the records before if not given.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to write the report.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Share of the population that is in the records, for journalist and marketer risk.
    #[arg(long, value_name = "SHARE", default_value_t = 1.0)]
    sampling_fraction: f64,
    /// Date to print in the report; today in UTC if not given.
    #[arg(long, value_name = "TEXT")]
    date: Option<String>,
}

/// Write invented records to try the other verbs with. Nobody in them exists.
#[derive(Debug, Args)]
struct SampleArgs {
    /// Folder for the records; must not exist or be empty.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Number of patients.
    #[arg(long, default_value_t = 200)]
    patients: usize,
    /// The same seed gives the same patients.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// One CSV table, a row per patient, instead of FHIR.
    #[arg(long)]
    table: bool,
}

#[derive(Debug, Args)]
struct InputArgs {
    /// Files or folders: .csv, .parquet, .ndjson, .json (one FHIR resource or bundle), each also with .gz.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// What separates fields of a CSV file; by its first line if not given: comma, semicolon, tab or bar.
    #[arg(long, value_name = "CHAR")]
    delimiter: Option<char>,
}

/// Runs a verb; with `json`, the answer is one JSON document.
///
/// # Errors
/// What could not be read, understood or written.
pub fn run(args: DeidArgs, json: bool) -> anyhow::Result<ExitCode> {
    match args.verb {
        Verb::Scan(args) => verbs::scan(&args, json),
        Verb::Plan(args) => plan::run(&args, json),
        Verb::Run(args) => verbs::deidentify(&args, json),
        Verb::Check(args) => verbs::check(&args, json),
        Verb::Report(args) => verbs::report(&args, json),
        Verb::Sample(args) => sample::run(&args, json),
    }
}
