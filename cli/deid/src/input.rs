//! Reads records from files and folders.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use medshare_cli_terminal::{Exit, Failure, counted};
use medshare_deid::records::FhirGroups;
use medshare_deid::{Records, Renamed, with_own_names};

use crate::file_kind::{files_of, is_fhir};
use crate::resources::{Quarantine, for_each_resource};
use crate::table_file::{OTHER_TABLES, TableArgs, read_one_table};
use crate::unchanged::Seen;
use crate::words::note;

/// Records to read.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// Files or folders: .csv, .parquet, .ndjson, .json (one FHIR resource or bundle), each also with .gz.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub table: TableArgs,
}

/// Records that were read, and lines that were set aside.
pub struct Input {
    pub records: Records,
    pub quarantine: Quarantine,
}

/// Reads records that are to be de-identified, under names that may leave, and says what was set aside and renamed.
pub fn read(args: &InputArgs) -> Result<Input> {
    let input = read_as_named(args)?;
    let (records, renamed) = with_own_names(input.records);
    tell_renamed(&renamed);
    Ok(Input { records, ..input })
}

/// Reads records that are to leave, under the names that they have, and says what was set aside.
pub fn read_as_named(args: &InputArgs) -> Result<Input> {
    let input = take(&args.paths, &args.table)?;
    input.quarantine.tell();
    Ok(input)
}

/// Says what was renamed without the names: whoever has the file knows which they are.
fn tell_renamed(renamed: &Renamed) {
    const NAMED: usize = 8;
    if renamed.table {
        note("the table is called `table`: its file's name may tell who is in it");
    }
    let first: Vec<String> = renamed.columns.iter().take(NAMED).map(usize::to_string).collect();
    if let [first_place, ..] = renamed.columns.as_slice() {
        let more = renamed.columns.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        note(&format!(
            "columns are called by their places, such as `column_{first_place}`, because their names may tell who is in them: {}{more}",
            first.join(", ")
        ));
    }
}

/// Reads all records that paths name.
fn take(paths: &[PathBuf], table: &TableArgs) -> Result<Input> {
    let seen = Seen::of(paths)?;
    let files = seen.files();
    let input = take_files(&files, table)?;
    seen.confirm()?;
    if input.records.count() == 0 {
        input.quarantine.tell();
        return Err(holds_none(&files));
    }
    Ok(input)
}

fn take_files(files: &[PathBuf], args: &TableArgs) -> Result<Input> {
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

/// The records of one path, under the names that they have.
pub fn read_path(path: &Path, table: &TableArgs) -> Result<Records> {
    Ok(take(&[path.to_owned()], table)?.records)
}

/// The files behind the arguments, if all of them are FHIR: these can be gone through resource by resource.
pub fn fhir_files(args: &InputArgs) -> Result<Option<Vec<PathBuf>>> {
    let files = files_of(&args.paths)?;
    Ok((!files.is_empty() && files.iter().all(|file| is_fhir(file))).then_some(files))
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
