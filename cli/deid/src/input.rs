//! Reads records from files and folders.
//!
//! A table with a broken row is refused whole, since columns may have slipped.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use medshare_cli_terminal::{Exit, Failure, counted};
use medshare_deid::Records;
use medshare_deid::records::{FhirGroups, delimiter_of, read_table};

use crate::file_kind::{bare_name, is_document, is_fhir};
use crate::parquet_file;
use crate::resources::{Quarantine, for_each_resource, open, unreadable};

/// Records to read.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// Files or folders: .csv, .parquet, .ndjson, .json (one FHIR resource or bundle), each also with .gz.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// What separates fields of a CSV file: comma, semicolon, tab or bar, or the character itself. Seen in its first line if not given.
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    pub delimiter: Option<u8>,
}

/// A separator by its name, or itself.
fn delimiter(text: &str) -> Result<u8, String> {
    let named = [("comma", b','), ("semicolon", b';'), ("tab", b'\t'), ("\\t", b'\t'), ("bar", b'|')];
    let named = named.iter().find(|(name, _)| *name == text).map(|(_, byte)| *byte);
    let itself = || match text.as_bytes() {
        [byte] if !matches!(byte, b'"' | b'\n' | b'\r') => Some(*byte),
        _ => None,
    };
    named.or_else(itself).ok_or_else(|| {
        "expected comma, semicolon, tab or bar, or one ASCII character that is neither a quote nor a line end"
            .to_owned()
    })
}

/// Records that were read, and lines that were set aside.
pub struct Input {
    pub records: Records,
    pub quarantine: Quarantine,
}

/// Reads records and says what was set aside.
pub fn read(args: &InputArgs) -> Result<Input> {
    let input = take(args)?;
    input.quarantine.tell();
    Ok(input)
}

/// Reads all records that the arguments name.
fn take(args: &InputArgs) -> Result<Input> {
    let files = files_of(&args.paths)?;
    let input = take_files(&files, args)?;
    if input.records.count() == 0 {
        input.quarantine.tell();
        return Err(holds_none(&files));
    }
    Ok(input)
}

fn take_files(files: &[PathBuf], args: &InputArgs) -> Result<Input> {
    let tables = files.iter().filter(|file| !is_fhir(file)).count();
    match files {
        [] => {
            let message =
                "no records found; expected files that end in .csv, .parquet, .ndjson or .json (or these with .gz)";
            bail!(Failure::argument(message).hint(OTHER_TABLES))
        }
        [table] if tables == 1 => {
            Ok(Input { records: read_one_table(table, args)?, quarantine: Quarantine::default() })
        }
        _ if tables > 0 => {
            let found = format!("{} among {} files", counted(tables, "table", "tables"), files.len());
            bail!(Failure::argument(format!("expected one table, or FHIR files only; found {found}")))
        }
        _ => read_fhir(files),
    }
}

/// What to do with a table that is named otherwise, such as `.tsv` or `.txt`.
const OTHER_TABLES: &str = "a table of text is read where its name ends in .csv, whatever separates its fields";

/// Files without any record: nothing can be said of them, not even that they are harmless.
pub fn holds_none(files: &[PathBuf]) -> anyhow::Error {
    let named = match files {
        [only] => only.display().to_string(),
        several => format!("{} files", several.len()),
    };
    let message =
        format!("{named}: no records; expected at least one FHIR resource, or one row below the line of column names");
    Failure::new(Exit::Failure, "no-records", message).into()
}

/// The records of one path.
pub fn read_path(path: &Path) -> Result<Records> {
    Ok(take(&InputArgs { paths: vec![path.to_owned()], delimiter: None })?.records)
}

/// The files behind paths, folders opened, sorted by name.
pub fn files_of(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        // whether it is there comes before what its name says of it
        let is_folder = path.metadata().with_context(|| format!("cannot open {}", path.display()))?.is_dir();
        if !is_folder {
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

/// The files behind the arguments, if all of them are FHIR: these can be gone through resource by resource.
pub fn fhir_files(args: &InputArgs) -> Result<Option<Vec<PathBuf>>> {
    let files = files_of(&args.paths)?;
    Ok((!files.is_empty() && files.iter().all(|file| is_fhir(file))).then_some(files))
}

fn read_one_table(path: &Path, args: &InputArgs) -> Result<Records> {
    let name = bare_name(path);
    if let Some(stem) = name.strip_suffix(".parquet") {
        return parquet_file::read(path, stem).map(Records::Table);
    }
    let Some(stem) = name.strip_suffix(".csv") else {
        let message = format!("{}: unknown kind of file; expected .csv, .parquet, .ndjson or .json", path.display());
        bail!(Failure::argument(message).hint(OTHER_TABLES));
    };
    let (mut reader, bar) = open(path)?;
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(|error| unreadable(path, error))?;
    bar.finish_and_clear();
    read_table(stem, &bytes, args.delimiter.unwrap_or_else(|| delimiter_of(&bytes)))
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
