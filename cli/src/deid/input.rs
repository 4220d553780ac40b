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
use serde_json::Value;

use super::InputArgs;
use super::words::warn;

/// Most lines that are named one by one.
const NAMED_LINES: usize = 20;

/// Longest line of NDJSON, so that a file without line ends does not fill the memory.
const MAX_LINE_BYTES: u64 = 64 << 20;

/// Records that were read, and lines that were set aside.
pub(super) struct Input {
    pub(super) records: Records,
    pub(super) quarantine: Quarantine,
}

/// Lines that are no FHIR resource: all counted, the first ones named.
#[derive(Debug, Default)]
pub(super) struct Quarantine {
    named: Vec<String>,
    pub(super) count: u64,
}

/// Reads all records that the arguments name.
pub(super) fn read(args: &InputArgs) -> Result<Input> {
    let files = files_of(&args.paths)?;
    let tables = files.iter().filter(|file| !is_ndjson(file)).count();
    match files.as_slice() {
        [] => bail!("no records found; expected files that end in .csv, .parquet or .ndjson (or these with .gz)"),
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
    Ok(read(&InputArgs { paths: vec![path.to_owned()], delimiter: ',' })?.records)
}

/// The configuration in a file, or one proposed from the records.
pub(super) fn config(path: Option<&Path>, records: &Records) -> Result<DeidConfig> {
    path.map_or_else(|| Ok(DeidConfig::default_for(records)), load_config)
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
pub(super) fn bare_name(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.strip_suffix(".gz").map_or(name.clone(), str::to_owned)
}

pub(super) fn is_ndjson(path: &Path) -> bool {
    bare_name(path).ends_with(".ndjson")
}

/// Opens a file, undoing gzip, with a bar for progress through it.
fn open(path: &Path) -> Result<(Box<dyn BufRead>, ProgressBar)> {
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
    let mut quarantine = Quarantine::default();
    for path in files {
        for_each_resource(path, &mut quarantine, |resource, line| {
            let name = resource_type(&resource).unwrap_or_default();
            match groups.iter_mut().find(|group| group.resource_type() == name) {
                Some(group) => group.push_line(line, &resource),
                None => {
                    let mut group = FhirFile::new(name);
                    group.push_line(line, &resource);
                    groups.push(group);
                }
            }
            Ok(())
        })?;
    }
    groups.sort_by(|a, b| a.resource_type().cmp(b.resource_type()));
    Ok(Input { records: Records::Fhir(groups), quarantine })
}

/// The files behind the arguments, if all of them are FHIR: these can be gone through resource by resource.
pub(super) fn fhir_files(args: &InputArgs) -> Result<Option<Vec<PathBuf>>> {
    let files = files_of(&args.paths)?;
    Ok((!files.is_empty() && files.iter().all(|file| is_ndjson(file))).then_some(files))
}

/// Hands on the resources of a file one by one, each with its line; lines that are none are set aside. Memory does not grow with the file.
pub(super) fn for_each_resource(
    path: &Path,
    quarantine: &mut Quarantine,
    mut take: impl FnMut(Value, &[u8]) -> Result<()>,
) -> Result<()> {
    let (mut reader, bar) = open(path)?;
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = reader.by_ref().take(MAX_LINE_BYTES + 1).read_until(b'\n', &mut line);
        if read.with_context(|| format!("cannot read {}", path.display()))? == 0 {
            break;
        }
        if line.len() as u64 > MAX_LINE_BYTES {
            bail!(
                "{}, line {number}: longer than {} MiB; expected one FHIR resource per line",
                path.display(),
                MAX_LINE_BYTES >> 20
            );
        }
        let text = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line);
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match read_resource(text) {
            Ok(resource) => take(resource, text).with_context(|| format!("{}, line {number}", path.display()))?,
            Err(problem) => quarantine.add(format!("{}, line {number}: {problem}", path.display())),
        }
    }
    bar.finish_and_clear();
    Ok(())
}

impl Quarantine {
    fn add(&mut self, problem: String) {
        self.count += 1;
        if self.named.len() < NAMED_LINES {
            self.named.push(problem);
        }
    }

    /// Says on standard error what was set aside.
    pub(super) fn tell(&self) {
        self.named.iter().for_each(|line| warn(line));
        if self.count > 0 {
            warn(&format!("{} lines were set aside and are not part of the result", self.count));
        }
    }
}
