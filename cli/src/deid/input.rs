//! Reads records from files and folders.
//!
//! Lines of NDJSON that are no FHIR resource are set aside: counted and named, never passed on. A table with a broken row is refused whole,
//! since columns may have slipped.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use medshare_deid::records::{read_resource, read_table, resource_type};
use medshare_deid::{DeidConfig, FhirFile, HierarchyConfig, Records};

use super::InputArgs;

/// Most lines that are named one by one.
const NAMED_LINES: usize = 20;

/// Records that were read, and lines that were set aside.
pub(super) struct Input {
    pub(super) records: Records,
    pub(super) quarantined: Vec<String>,
    pub(super) quarantined_count: usize,
}

/// Reads all records that the arguments name.
pub(super) fn read(args: &InputArgs) -> Result<Input> {
    let files = files_of(&args.paths)?;
    let tables = files.iter().filter(|file| !is_ndjson(file)).count();
    match files.as_slice() {
        [] => bail!("no records found; expected files that end in .csv, .parquet or .ndjson (or these with .gz)"),
        [table] if tables == 1 => {
            Ok(Input { records: read_one_table(table, args)?, quarantined: Vec::new(), quarantined_count: 0 })
        }
        _ if tables > 0 => {
            bail!("expected one table, or FHIR files only; found {tables} tables among {} files", files.len())
        }
        _ => read_fhir(&files),
    }
}

/// The records of one path.
pub(super) fn read_path(path: &Path) -> Result<Records> {
    Ok(read(&InputArgs { paths: vec![path.to_owned()], delimiter: ',' })?.records)
}

/// The configuration in a file, or one proposed from the records.
pub(super) fn config(path: Option<&Path>, records: &Records) -> Result<DeidConfig> {
    let Some(path) = path else { return Ok(DeidConfig::default_for(records)) };
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
                && (is_ndjson(&file) || [".csv", ".parquet"].iter().any(|end| bare_name(&file).ends_with(end)))
            {
                inside.push(file);
            }
        }
        inside.sort();
        files.append(&mut inside);
    }
    Ok(files)
}

/// A file's name without `.gz`.
fn bare_name(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.strip_suffix(".gz").map_or(name.clone(), str::to_owned)
}

pub(super) fn is_ndjson(path: &Path) -> bool {
    bare_name(path).ends_with(".ndjson")
}

/// Opens a file, undoing gzip, with a bar for progress through it.
pub(super) fn open(path: &Path) -> Result<(Box<dyn BufRead>, ProgressBar)> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let bar = ProgressBar::new(file.metadata()?.len());
    if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {bytes}/{total_bytes}") {
        bar.set_style(style);
    }
    bar.set_message(bare_name(path));
    let tracked = bar.wrap_read(file);
    let reader: Box<dyn BufRead> = if path.extension().is_some_and(|end| end == "gz") {
        Box::new(BufReader::new(flate2::read::MultiGzDecoder::new(tracked)))
    } else {
        Box::new(BufReader::new(tracked))
    };
    Ok((reader, bar))
}

fn read_one_table(path: &Path, args: &InputArgs) -> Result<Records> {
    let name = bare_name(path);
    if let Some(stem) = name.strip_suffix(".parquet") {
        return super::output::read_parquet(path, stem).map(Records::Table);
    }
    let Some(stem) = name.strip_suffix(".csv") else {
        bail!("{}: unknown kind of file; expected .csv, .parquet or .ndjson", path.display());
    };
    let delimiter =
        u8::try_from(args.delimiter).ok().filter(u8::is_ascii).context("--delimiter: expected one ASCII character")?;
    let (mut reader, bar) = open(path)?;
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).with_context(|| format!("cannot read {}", path.display()))?;
    bar.finish_and_clear();
    read_table(stem, &bytes, delimiter).map(Records::Table).with_context(|| path.display().to_string())
}

fn read_fhir(files: &[PathBuf]) -> Result<Input> {
    let mut groups: Vec<FhirFile> = Vec::new();
    let (mut quarantined, mut quarantined_count) = (Vec::new(), 0);
    for path in files {
        let (mut reader, bar) = open(path)?;
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            if reader.read_until(b'\n', &mut line).with_context(|| format!("cannot read {}", path.display()))? == 0 {
                break;
            }
            let text = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line);
            if text.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match read_resource(text) {
                Ok(resource) => {
                    let name = resource_type(&resource).unwrap_or_default().to_owned();
                    match groups.iter_mut().find(|group| group.resource_type() == name) {
                        Some(group) => group.push_line(text, &resource),
                        None => {
                            let mut group = FhirFile::new(&name);
                            group.push_line(text, &resource);
                            groups.push(group);
                        }
                    }
                }
                Err(problem) => {
                    quarantined_count += 1;
                    if quarantined.len() < NAMED_LINES {
                        quarantined.push(format!("{}, line {number}: {problem}", path.display()));
                    }
                }
            }
        }
        bar.finish_and_clear();
    }
    groups.sort_by(|a, b| a.resource_type().cmp(b.resource_type()));
    Ok(Input { records: Records::Fhir(groups), quarantined, quarantined_count })
}
