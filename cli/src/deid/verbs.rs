//! `scan`, `run`, `check` and `report`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use medshare_deid::report::{ReportParts, html};
use medshare_deid::risk::risk;
use medshare_deid::{DeidConfig, DeidReport, PackageKey, Records, SensitivityReport, classify};
use rand_core::RngCore as _;

use super::input::{self, Input};
use super::output::{check_vacant, write_folder, write_records};
use super::words::{self, answer, note, warn};
use super::{CheckArgs, REFUSED, ReportArgs, RunArgs, ScanArgs, rules};

pub(super) fn scan(args: &ScanArgs, json: bool) -> Result<ExitCode> {
    let input = read(&args.input)?;
    let config = input::config(args.config.as_deref(), &input.records)?;
    answer(json, &classify(&input.records, &config), words::sensitivity)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn deidentify(args: &RunArgs, json: bool) -> Result<ExitCode> {
    check_vacant(&args.out)?;
    let key = key(args.key_file.as_deref())?;
    if let Some(path) = &args.rules {
        let done = rules::run(args, path, &key)?;
        answer(json, &done, |_| String::new())?;
        return Ok(ExitCode::SUCCESS);
    }
    let input = read(&args.input)?;
    let config = input::config(args.config.as_deref(), &input.records)?;
    let result = match medshare_deid::deidentify(&input.records, &config, &key) {
        Ok(result) => result,
        Err(
            refused @ (medshare_deid::DeidError::NotAnonymous { .. } | medshare_deid::DeidError::AllSuppressed { .. }),
        ) => {
            note(&format!("refused: {refused}"));
            return Ok(ExitCode::from(REFUSED));
        }
        Err(error) => return Err(error.into()),
    };
    let checked = medshare_deid::check(&result.records, &config);
    if !checked.passed {
        answer(json, &checked, words::check)?;
        note("refused: the result does not pass its own check; nothing was written");
        return Ok(ExitCode::from(REFUSED));
    }
    write_folder(&args.out, |folder| write_records(folder, &result.records, args.parquet))?;
    if let Some(path) = &args.report {
        let sensitivity = classify(&input.records, &config);
        let parts = Compared {
            before: &input.records,
            after: &result.records,
            config: &config,
            sensitivity,
            done: &result.report,
        };
        write_report(path, &parts, 1.0, "")?;
    }
    answer(json, &result.report, words::done)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn check(args: &CheckArgs, json: bool) -> Result<ExitCode> {
    let input = read(&args.input)?;
    if matches!(input.records, Records::Table(_)) && args.config.is_none() {
        bail!("a table is checked against the roles of its columns; name its configuration with --config");
    }
    let config = input::config(args.config.as_deref(), &input.records)?;
    let report = medshare_deid::check(&input.records, &config);
    answer(json, &report, words::check)?;
    let passed = report.passed && input.quarantined_count == 0;
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}

pub(super) fn report(args: &ReportArgs, json: bool) -> Result<ExitCode> {
    if !(args.sampling_fraction > 0.0 && args.sampling_fraction <= 1.0) {
        bail!("--sampling-fraction: expected a share above 0 and at most 1");
    }
    let (before, after) = (input::read_path(&args.before)?, input::read_path(&args.after)?);
    let config = input::config(args.config.as_deref(), &before)?;
    let sensitivity = classify(&before, &config);
    let after_risk = risk(&after, &config, args.sampling_fraction);
    let done = DeidReport {
        k_required: config.k,
        k_achieved: after_risk.smallest_class,
        classes: after_risk.classes,
        subjects_before: before.subject_count(),
        subjects_after: after.subject_count(),
        records_before: before.count(),
        records_after: after.count(),
        loss: lost_information(&before, &after, &config),
        generalised: Vec::new(),
        removed: Vec::new(),
        reference_year: config.reference_year,
    };
    let parts = Compared { before: &before, after: &after, config: &config, sensitivity, done: &done };
    write_report(&args.out, &parts, args.sampling_fraction, &args.date)?;
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

struct Compared<'a> {
    before: &'a Records,
    after: &'a Records,
    config: &'a DeidConfig,
    sensitivity: SensitivityReport,
    done: &'a DeidReport,
}

fn write_report(path: &Path, compared: &Compared<'_>, fraction: f64, date: &str) -> Result<()> {
    let title = match compared.before {
        Records::Table(table) => table.name.clone(),
        Records::Fhir(_) => "FHIR R4 records".to_owned(),
    };
    let page = html(&ReportParts {
        title: &title,
        date,
        config: compared.config,
        sensitivity: &compared.sensitivity,
        done: compared.done,
        before: &risk(compared.before, compared.config, fraction),
        after: &risk(compared.after, compared.config, fraction),
    });
    std::fs::write(path, page).with_context(|| format!("cannot write {}", path.display()))
}

/// Reads records and says what was set aside.
fn read(args: &super::InputArgs) -> Result<Input> {
    let input = input::read(args)?;
    input.quarantined.iter().for_each(|line| warn(line));
    if input.quarantined_count > 0 {
        warn(&format!("{} lines were set aside and are not part of the result", input.quarantined_count));
    }
    Ok(input)
}

fn key(path: Option<&Path>) -> Result<PackageKey> {
    let mut bytes = [0u8; 32];
    match path {
        None => rand_core::OsRng.fill_bytes(&mut bytes),
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            hex::decode_to_slice(text.trim(), &mut bytes)
                .ok()
                .context("the key file: expected 64 hexadecimal digits")?;
        }
    }
    Ok(PackageKey::new(bytes))
}
