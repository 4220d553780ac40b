//! `run`: records that may leave, or none.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use medshare_cli_terminal::paragraph::paragraph;
use medshare_cli_terminal::shown::line;
use medshare_cli_terminal::whole_file::must_be_new;
use medshare_cli_terminal::{Exit, Failure};
use medshare_deid::{DeidConfig, DeidError, DeidReport, PackageKey, Records, Role, Withheld, classify};
use rand_core::RngCore as _;

use crate::asking::decided;
use crate::input::{self, InputArgs};
use crate::output::{Staged, check_vacant, stage, write_folder, write_records, write_text};
use crate::result::{Compared, page, released_files};
use crate::words::{self, answer, note, warn};
use crate::{configuration, rules};

/// Withheld columns that are told with their reasons.
const MOST_WITHHELD: usize = 30;

/// De-identify records; write them only if the result passes the check.
#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Configuration (TOML, see `plan`). Without it a table's columns are asked about on the terminal; FHIR has a built-in protection.
    #[arg(long, value_name = "FILE", conflicts_with = "rules")]
    config: Option<PathBuf>,
    /// Take what `plan` proposes for a table, unasked; what nobody knows is withheld.
    #[arg(long, conflicts_with_all = ["config", "rules"])]
    yes_propose: bool,
    /// FHIR path rules in the configuration format of Microsoft's anonymizer, instead of the built-in protection.
    /// Resources stream through one by one; k-anonymity is not looked at, and the result is not checked.
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Folder for the result; must not exist or be empty.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Write a report with plots (HTML) to this file, which must be new.
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

pub fn run(args: &RunArgs, json: bool) -> Result<ExitCode> {
    check_vacant(&args.out)?;
    if let Some(path) = &args.report
        && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir())
    {
        bail!("the report's folder {} does not exist; create it or name another file with --report", folder.display());
    }
    if let Some(path) = args.report.as_ref().filter(|path| path.is_dir()) {
        bail!("{} is a folder; name a file with --report", path.display());
    }
    must_be_new(&args.report.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
    let key = key(args.key_file.as_deref())?;
    if let Some(path) = &args.rules {
        let done = rules::run(&args.input.paths, path, &args.out, &key)?;
        answer(json, &done, |_| String::new())?;
        return Ok(ExitCode::SUCCESS);
    }
    let input = input::read(&args.input)?;
    let config = decided(args.config.as_deref(), args.yes_propose, json, &input.records)?;
    let result = match medshare_deid::deidentify(&input.records, &config, &key) {
        Ok(result) => result,
        Err(refused @ (DeidError::NotAnonymous { .. } | DeidError::AllSuppressed { .. })) => {
            words::refused(json, &refused.to_string())?;
            return Ok(Exit::Refused.into());
        }
        Err(error) => return Err(error.into()),
    };
    let checked = medshare_deid::check(&result.records, &config);
    if !checked.passed {
        answer(json, &checked, words::check)?;
        note("refused: the result does not pass its own check; nothing was written");
        return Ok(Exit::Refused.into());
    }
    if args.config.is_some() && matches!(input.records, Records::Table(_)) && result.report.generalised.is_empty() {
        warn("no quasi-identifiers: nothing was generalised, and all rows count as alike");
    }
    let report = write_folder(&args.out, |folder| {
        write_records(folder, &result.records, args.parquet)?;
        let travelling = config.travelling(&result.records, result.report.reference_year);
        write_text(folder, configuration::RELEASE, &configuration::release_text(&travelling)?)?;
        let Some(path) = &args.report else { return Ok(None) };
        let parts = Compared {
            before: &input.records,
            after: &result.records,
            config: &config,
            sensitivity: classify(&input.records, &config),
            done: &result.report,
            released: released_files(folder)?,
        };
        stage(path, page(&parts, 1.0, &configuration::today().to_string()).as_bytes()).map(Some)
    })?;
    report.map_or(Ok(()), Staged::publish)?;
    answer(json, &result.report, |report| words::done(report) + &gone(&input.records, &config, report))?;
    Ok(ExitCode::SUCCESS)
}

/// The columns of a table that are not in the result, and why the withheld ones are not.
fn gone(records: &Records, config: &DeidConfig, report: &DeidReport) -> String {
    let Records::Table(table) = records else { return String::new() };
    let listed = |role: Role, words: &str| {
        let names: Vec<&str> = table.column_names().filter(|name| config.table.role(name) == role).collect();
        if names.is_empty() { String::new() } else { format!("  {words}: {}\n", line(&words::listed(&names))) }
    };
    let mut text =
        listed(Role::Person, "people told apart, by pseudonyms") + &listed(Role::DirectIdentifier, "removed");
    for Withheld { column, why } in report.withheld.iter().take(MOST_WITHHELD) {
        text += &format!("{}\n", paragraph(&format!("withheld: {}: {why}", line(column)), "  "));
    }
    if let more @ 1.. = report.withheld.len().saturating_sub(MOST_WITHHELD) {
        text += &format!("  withheld: {more} more\n");
    }
    text
}

fn key(path: Option<&Path>) -> Result<PackageKey> {
    let mut bytes = [0u8; 32];
    match path {
        None => rand_core::OsRng.fill_bytes(&mut bytes),
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            hex::decode_to_slice(text.trim(), &mut bytes).ok().context(Failure::new(
                Exit::Key,
                "key-damaged",
                "the key file: expected 64 hexadecimal digits",
            ))?;
        }
    }
    Ok(PackageKey::new(bytes))
}
