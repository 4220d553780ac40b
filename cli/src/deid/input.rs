//! Reads records from files and folders.
//!
//! A table with a broken row is refused whole, since columns may have slipped.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use medshare_deid::date::PartialDate;
use medshare_deid::records::{FhirGroups, delimiter_of, read_table};
use medshare_deid::{DeidConfig, HierarchyConfig, Records};

use super::InputArgs;
use super::resources::{Quarantine, for_each_resource, open};
use super::words::warn;

/// Records that were read, and lines that were set aside.
pub(super) struct Input {
    pub(super) records: Records,
    pub(super) quarantine: Quarantine,
}

/// Reads all records that the arguments name.
pub(super) fn read(args: &InputArgs) -> Result<Input> {
    let files = files_of(&args.paths)?;
    let tables = files.iter().filter(|file| !is_fhir(file)).count();
    match files.as_slice() {
        [] => {
            bail!("no records found; expected files that end in .csv, .parquet, .ndjson or .json (or these with .gz)")
        }
        [table] if tables == 1 => {
            Ok(Input { records: read_one_table(table, args)?, quarantine: Quarantine::default() })
        }
        _ if tables > 0 => {
            bail!("expected one table, or FHIR files only; found {tables} tables among {} files", files.len())
        }
        _ => read_fhir(&files),
    }
}

/// The records of one path.
pub(super) fn read_path(path: &Path) -> Result<Records> {
    Ok(read(&InputArgs { paths: vec![path.to_owned()], delimiter: None })?.records)
}

/// The configuration in a file, or one proposed from the records, of which people are told that it is no decision.
pub(super) fn config(path: Option<&Path>, records: &Records) -> Result<DeidConfig> {
    match path {
        Some(path) => load_config(path),
        None => {
            let config = proposed(records);
            if let Records::Table(_) = records {
                warn(&format!(
                    "roles of columns are guesses (quasi-identifiers: {}; kept: {}); decide with `plan` and --config",
                    listed(&config.table.quasi_identifiers),
                    listed(&config.table.keep)
                ));
            }
            Ok(config)
        }
    }
}

fn listed(names: &[String]) -> String {
    const NAMED: usize = 8;
    match names {
        [] => "none".to_owned(),
        _ if names.len() > NAMED => {
            let first: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
            format!("{} and {} more", first.join(", "), names.len() - NAMED)
        }
        _ => names.join(", "),
    }
}

/// The configuration proposed from the records. Where a table has no dates of events, ages are counted today.
pub(super) fn proposed(records: &Records) -> DeidConfig {
    let mut config = DeidConfig::default_for(records);
    if let Records::Table(_) = records {
        config.reference_year.get_or_insert_with(|| today().year);
    }
    config
}

/// Today in UTC.
pub(super) fn today() -> PartialDate {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    PartialDate::from_days((now.as_secs() / 86_400) as i64)
}

/// The configuration in a file, its hierarchies loaded.
pub(super) fn load_config(path: &Path) -> Result<DeidConfig> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut config: DeidConfig =
        toml::from_str(&text).with_context(|| format!("{} is no configuration", path.display()))?;
    for (column, hierarchy) in &mut config.table.hierarchies {
        let HierarchyConfig::File { path: file, delimiter } = hierarchy else { continue };
        let file = path.parent().unwrap_or(Path::new(".")).join(&*file);
        let problem = || format!("hierarchy of `{column}` in {}", file.display());
        let bytes = std::fs::read(&file).with_context(problem)?;
        let separator = u8::try_from(*delimiter).with_context(problem)?;
        let rows = medshare_deid::anon::Hierarchy::rows_from_csv(&bytes, separator).with_context(problem)?;
        *hierarchy = HierarchyConfig::Rows { rows };
    }
    Ok(config)
}

/// The files behind paths, folders opened, sorted by name.
pub(super) fn files_of(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut inside = Vec::new();
        for entry in std::fs::read_dir(path).with_context(|| format!("cannot read the folder {}", path.display()))? {
            let file = entry?.path();
            if file.is_file()
                && (is_fhir(&file) || [".csv", ".parquet"].iter().any(|end| bare_name(&file).ends_with(end)))
            {
                inside.push(file);
            }
        }
        // Beside lines of resources, other JSON is a manifest or a configuration.
        if inside.iter().any(|file| !is_document(file)) {
            inside.retain(|file| !is_document(file));
        }
        inside.sort();
        files.append(&mut inside);
    }
    Ok(files)
}

/// A file's name without `.gz`.
pub(super) fn bare_name(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.strip_suffix(".gz").map_or(name.clone(), str::to_owned)
}

/// Whether a file holds FHIR: a resource per line, or one resource.
pub(super) fn is_fhir(path: &Path) -> bool {
    bare_name(path).ends_with(".ndjson") || is_document(path)
}

/// Whether a file holds one FHIR resource, such as a bundle.
pub(super) fn is_document(path: &Path) -> bool {
    bare_name(path).ends_with(".json")
}

fn read_one_table(path: &Path, args: &InputArgs) -> Result<Records> {
    let name = bare_name(path);
    if let Some(stem) = name.strip_suffix(".parquet") {
        return super::output::read_parquet(path, stem).map(Records::Table);
    }
    let Some(stem) = name.strip_suffix(".csv") else {
        bail!("{}: unknown kind of file; expected .csv, .parquet, .ndjson or .json", path.display());
    };
    let given = match args.delimiter {
        None => None,
        Some(character) => Some(
            u8::try_from(character)
                .ok()
                .filter(|byte| byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r'))
                .context("--delimiter: expected one ASCII character that is neither a quote nor a line end")?,
        ),
    };
    let (mut reader, bar) = open(path)?;
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).with_context(|| format!("cannot read {}", path.display()))?;
    bar.finish_and_clear();
    read_table(stem, &bytes, given.unwrap_or_else(|| delimiter_of(&bytes)))
        .map(Records::Table)
        .with_context(|| path.display().to_string())
}

fn read_fhir(files: &[PathBuf]) -> Result<Input> {
    let (mut groups, mut quarantine) = (FhirGroups::default(), Quarantine::default());
    for path in files {
        for_each_resource(path, &mut quarantine, |resource, line| {
            groups.push_opened(line, resource);
            Ok(())
        })?;
    }
    Ok(Input { records: Records::Fhir(groups.finish()), quarantine })
}

/// The files behind the arguments, if all of them are FHIR: these can be gone through resource by resource.
pub(super) fn fhir_files(args: &InputArgs) -> Result<Option<Vec<PathBuf>>> {
    let files = files_of(&args.paths)?;
    Ok((!files.is_empty() && files.iter().all(|file| is_fhir(file))).then_some(files))
}
