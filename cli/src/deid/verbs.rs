//! `scan`, `run`, `check` and `report`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use medshare_deid::fhir::event_year;
use medshare_deid::report::{ReportParts, html};
use medshare_deid::risk::risk;
use medshare_deid::{DeidConfig, DeidReport, Inspection, PackageKey, Records, SensitivityReport, classify};
use rand_core::RngCore as _;

use super::input::{self, Input, Quarantine};
use super::output::{check_vacant, write_folder, write_records};
use super::words::{self, answer, note};
use super::{CheckArgs, REFUSED, ReportArgs, RunArgs, ScanArgs, rules};

pub(super) fn scan(args: &ScanArgs, json: bool) -> Result<ExitCode> {
    let report = if let Some(files) = input::fhir_files(&args.input)? {
        let config = args.config.as_deref().map_or_else(|| Ok(DeidConfig::default()), input::load_config)?;
        let (inspection, quarantine) = inspect(&files, &config)?;
        quarantine.tell();
        inspection.sensitivity()
    } else {
        let input = read(&args.input)?;
        classify(&input.records, &input::config(args.config.as_deref(), &input.records)?)
    };
    answer(json, &report, words::sensitivity)?;
    Ok(ExitCode::SUCCESS)
}

/// Goes through FHIR files resource by resource: once for the year in which ages are counted, where it is not configured, and once for
/// everything else.
fn inspect<'a>(files: &[PathBuf], config: &'a DeidConfig) -> Result<(Inspection<'a>, Quarantine)> {
    let mut latest_year = None;
    if config.reference_year.is_none() {
        for file in files {
            input::for_each_resource(file, &mut Quarantine::default(), |resource, _| {
                latest_year = latest_year.max(event_year(&resource));
                Ok(())
            })?;
        }
    }
    let (mut inspection, mut quarantine) = (Inspection::new(config, latest_year), Quarantine::default());
    for file in files {
        input::for_each_resource(file, &mut quarantine, |resource, _| {
            inspection.add(&resource);
            Ok(())
        })?;
    }
    Ok((inspection, quarantine))
}

pub(super) fn deidentify(args: &RunArgs, json: bool) -> Result<ExitCode> {
    check_vacant(&args.out)?;
    if let Some(path) = &args.report
        && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir())
    {
        bail!("the report's folder {} does not exist; create it or name another file with --report", folder.display());
    }
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
    let (report, set_aside) = if let Some(files) = input::fhir_files(&args.input)? {
        let config = args.config.as_deref().map_or_else(|| Ok(DeidConfig::default()), input::load_config)?;
        config.validate_requirements(&Records::Fhir(Vec::new()))?;
        let (inspection, quarantine) = inspect(&files, &config)?;
        quarantine.tell();
        (inspection.check(), quarantine.count)
    } else {
        let input = read(&args.input)?;
        let path = args.config.as_deref();
        let path =
            path.context("a table is checked against the roles of its columns; name its configuration with --config")?;
        let config = input::load_config(path)?;
        config.validate_requirements(&input.records)?;
        (medshare_deid::check(&input.records, &config), input.quarantine.count)
    };
    answer(json, &report, words::check)?;
    if set_aside > 0 {
        note("lines that are no FHIR resource must not leave; remove them");
    }
    Ok(if report.passed && set_aside == 0 { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
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
    input.quarantine.tell();
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
