//! `scan`, `run`, `check` and `report`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use medshare_deid::fhir;
use medshare_deid::report::{ReleasedFile, ReportParts, html};
use medshare_deid::risk::risk;
use medshare_deid::{
    Category, DeidConfig, DeidReport, Inspection, PackageKey, Reason, Records, Role, SensitivityReport, classify,
};
use rand_core::RngCore as _;
use serde_json::Value;

use super::input::{self, Input};
use super::output::{Staged, check_vacant, stage, write_folder, write_records};
use super::resources::{Quarantine, for_each_resource};
use super::words::{self, answer, note, warn};
use super::{CheckArgs, REFUSED, ReportArgs, RunArgs, ScanArgs, rules};

pub(super) fn scan(args: &ScanArgs, json: bool) -> Result<ExitCode> {
    let report = if let Some(files) = input::fhir_files(&args.input)? {
        let config = args.config.as_deref().map_or_else(|| Ok(DeidConfig::default()), input::load_config)?;
        let (inspection, quarantine) = inspect(&files, &config, fhir::open)?;
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
/// everything else. `open` takes bundles apart.
fn inspect<'a>(
    files: &[PathBuf],
    config: &'a DeidConfig,
    open: impl Fn(Value) -> Vec<Value>,
) -> Result<(Inspection<'a>, Quarantine)> {
    let mut latest_year = None;
    if config.reference_year.is_none() {
        for file in files {
            for_each_resource(file, &mut Quarantine::default(), |resource, _| {
                latest_year = latest_year.max(open(resource).iter().filter_map(fhir::event_year).max());
                Ok(())
            })?;
        }
    }
    let (mut inspection, mut quarantine) = (Inspection::new(config, latest_year), Quarantine::default());
    for file in files {
        for_each_resource(file, &mut quarantine, |resource, _| {
            open(resource).iter().for_each(|resource| inspection.add(resource));
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
    if let Some(path) = args.report.as_ref().filter(|path| path.is_dir()) {
        bail!("{} is a folder; name a file with --report", path.display());
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
            words::refused(json, &refused.to_string())?;
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
    if args.config.is_some() && matches!(input.records, Records::Table(_)) && result.report.generalised.is_empty() {
        warn("no quasi-identifiers: nothing was generalised, and all rows count as alike");
    }
    let report = write_folder(&args.out, |folder| {
        write_records(folder, &result.records, args.parquet)?;
        let Some(path) = &args.report else { return Ok(None) };
        let parts = Compared {
            before: &input.records,
            after: &result.records,
            config: &config,
            sensitivity: classify(&input.records, &config),
            done: &result.report,
            released: released_files(folder)?,
        };
        stage(path, page(&parts, 1.0, &input::today().to_string()).as_bytes()).map(Some)
    })?;
    report.map_or(Ok(()), Staged::publish)?;
    answer(json, &result.report, words::done)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn check(args: &CheckArgs, json: bool) -> Result<ExitCode> {
    let (report, set_aside) = if let Some(files) = input::fhir_files(&args.input)? {
        let config = args.config.as_deref().map_or_else(|| Ok(DeidConfig::default()), input::load_config)?;
        config.validate_requirements(&Records::Fhir(Vec::new()))?;
        // What may leave has no bundles: protection opens them.
        let (inspection, quarantine) = inspect(&files, &config, |resource| vec![resource])?;
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
    if before.type_label() != after.type_label() {
        bail!("one of the two is a table and the other FHIR; expected the same records before and after");
    }
    let config = input::config(args.config.as_deref(), &before)?;
    config.validate(&before).context("the configuration does not fit the records before")?;
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
        removed: removed_columns(&before, &after, &config),
        reference_year: config.reference_year,
    };
    let sensitivity = classify(&before, &config);
    let released = released_files(&args.after)?;
    let parts = Compared { before: &before, after: &after, config: &config, sensitivity, done: &done, released };
    let date = args.date.clone().unwrap_or_else(|| input::today().to_string());
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

/// The files of a result with their digests, which a signature is about.
fn released_files(path: &Path) -> Result<Vec<ReleasedFile>> {
    let files = input::files_of(&[path.to_owned()])?;
    let read = |file: &PathBuf| {
        let reading = std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        ReleasedFile::read(name, reading).with_context(|| format!("cannot read {}", file.display()))
    };
    files.iter().map(read).collect()
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
    released: Vec<ReleasedFile>,
}

/// The report as HTML.
fn page(compared: &Compared<'_>, fraction: f64, date: &str) -> String {
    let title = match compared.before {
        Records::Table(table) => table.name.clone(),
        Records::Fhir(_) => "FHIR R4 records".to_owned(),
    };
    html(&ReportParts {
        title: &title,
        date,
        config: compared.config,
        sensitivity: &compared.sensitivity,
        done: compared.done,
        before: &risk(compared.before, compared.config, fraction),
        after: &risk(compared.after, compared.config, fraction),
        checked: &medshare_deid::check(compared.after, compared.config),
        released: &compared.released,
        sampling_fraction: fraction,
    })
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
