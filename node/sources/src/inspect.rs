//! Reading a folder of records through before a network relies on it: FHIR line by line, in memory that does not grow with it; a table as a
//! request reads it.

use super::folder::{FolderConnector, MAX_FILE_BYTES, damaged, reader, record_name};
use super::{Connector as _, ConnectorError};
use medshare_deid::fhir::open as open_bundle;
use medshare_deid::records::{read_resource, resource_type};
use medshare_deid::{ConfigError, DeidConfig, Records, RecordsError, Table, propose};
use serde_json::Value;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// Bytes read at once.
const READ_BYTES: usize = 256 * 1024;

/// What a folder holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Contents {
    /// `fhir-r4` or `table`.
    pub record_type: &'static str,
    /// Resources or rows.
    pub records: usize,
    /// Patients or rows.
    pub subjects: usize,
}

/// Why no package could ever be made of a folder.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// It cannot be read.
    #[error(transparent)]
    Connector(#[from] ConnectorError),
    /// The de-identification configuration does not fit.
    #[error("the de-identification configuration does not fit the records")]
    Config(#[from] ConfigError),
    /// Nobody is in it.
    #[error("{} holds no Patient resources; expected the patients beside what is about them", path.display())]
    NoPatients {
        /// The folder.
        path: PathBuf,
    },
    /// Nothing in a table tells what its columns are.
    #[error(
        "{file}, line 1: no column is known as identifying or as sensitive, by its name or its values; expected a line of column names, or a de-identification configuration that says what each column is"
    )]
    UnknownColumns {
        /// The file.
        file: String,
    },
    /// Too few for the anonymity that is asked for.
    #[error("{} holds {subjects} patients or rows; with k = {k} no package of them could leave", path.display())]
    TooFew {
        /// The folder.
        path: PathBuf,
        /// Patients or rows.
        subjects: usize,
        /// Anonymity asked for.
        k: u32,
    },
}

/// Reads a folder of records through. `progress` hears how many bytes of its files are read, of how many; from several threads.
///
/// # Errors
/// [`InspectError`] says which file and line.
pub fn inspect(
    folder: &Path,
    config: Option<&DeidConfig>,
    k: u32,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Contents, InspectError> {
    let mut files = FolderConnector::new(folder.to_owned()).files()?;
    // The largest first, so that no core is left alone with it at the end.
    files.sort_by_key(|(_, bytes, _)| std::cmp::Reverse(*bytes));
    let tables = files.iter().filter(|(path, ..)| is_table(path)).count();
    let contents = match tables {
        0 => {
            let total = files.iter().map(|(_, bytes, _)| bytes).sum();
            let paths: Vec<PathBuf> = files.into_iter().map(|(path, ..)| path).collect();
            inspect_fhir(folder, &paths, &Meter { read: AtomicU64::new(0), total, progress })?
        }
        _ => inspect_table(folder, config)?,
    };
    if let Some(config) = config.filter(|_| tables == 0) {
        config.validate(&Records::Fhir(Vec::new()))?;
    }
    let k = config.map_or(k, |config| config.k.max(k));
    match contents.subjects {
        0 if tables == 0 => Err(InspectError::NoPatients { path: folder.to_owned() }),
        subjects if subjects < k as usize => Err(InspectError::TooFew { path: folder.to_owned(), subjects, k }),
        _ => Ok(contents),
    }
}

fn is_table(path: &Path) -> bool {
    record_name(path).is_some_and(|name| name.ends_with(".csv"))
}

fn inspect_table(folder: &Path, config: Option<&DeidConfig>) -> Result<Contents, InspectError> {
    let retrieved = FolderConnector::new(folder.to_owned()).retrieve()?;
    match (config, &retrieved.records) {
        (Some(config), records) => config.validate(records)?,
        (None, Records::Table(table)) if !is_known(table) => {
            return Err(InspectError::UnknownColumns { file: format!("{}.csv", table.name) });
        }
        _ => {}
    }
    let (records, subjects) = (retrieved.records.count(), retrieved.records.subject_count());
    Ok(Contents { record_type: retrieved.records.type_label(), records, subjects })
}

fn is_known(table: &Table) -> bool {
    let roles = propose(table);
    [roles.direct_identifiers, roles.quasi_identifiers, roles.sensitive].iter().any(|columns| !columns.is_empty())
}

/// Counts the bytes read of all files.
struct Meter<'a> {
    read: AtomicU64,
    total: u64,
    progress: &'a (dyn Fn(u64, u64) + Sync),
}

/// A file whose reading is counted.
struct Metered<'a> {
    file: File,
    meter: &'a Meter<'a>,
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        let before = self.meter.read.fetch_add(count as u64, Ordering::Relaxed);
        (self.meter.progress)(before + count as u64, self.meter.total);
        Ok(count)
    }
}

/// Resources and patients of a file.
type Counts = (usize, usize);

/// Reads the files on all cores; of several broken ones the first that was begun is told.
fn inspect_fhir(folder: &Path, paths: &[PathBuf], meter: &Meter<'_>) -> Result<Contents, ConnectorError> {
    let (next, is_broken) = (AtomicUsize::new(0), AtomicBool::new(false));
    let work = || {
        let mut outcomes: Vec<(usize, Result<Counts, ConnectorError>)> = Vec::new();
        while !is_broken.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = paths.get(index) else { break };
            let outcome = inspect_file(folder, path, meter);
            is_broken.fetch_or(outcome.is_err(), Ordering::Relaxed);
            outcomes.push((index, outcome));
        }
        outcomes
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(paths.len());
    let mut outcomes: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let ended = running.into_iter().map(|thread| thread.join().unwrap_or_else(|p| std::panic::resume_unwind(p)));
        ended.flatten().collect()
    });
    outcomes.sort_by_key(|(index, _)| *index);
    let (mut records, mut subjects) = (0, 0);
    for (_, outcome) in outcomes {
        let (resources, patients) = outcome?;
        records += resources;
        subjects += patients;
    }
    Ok(Contents { record_type: "fhir-r4", records, subjects })
}

fn inspect_file(folder: &Path, path: &Path, meter: &Meter<'_>) -> Result<Counts, ConnectorError> {
    let io = |source| ConnectorError::Io { path: path.to_owned(), source };
    let file = Metered { file: File::open(path).map_err(io)?, meter };
    let mut reader = BufReader::with_capacity(READ_BYTES, reader(path, file).take(MAX_FILE_BYTES + 1));
    let (mut line, mut counts, mut unpacked) = (Vec::new(), (0, 0), 0u64);
    for number in 1.. {
        line.clear();
        let length = reader.read_until(b'\n', &mut line).map_err(|source| damaged(path, number - 1, source))?;
        unpacked += length as u64;
        if length == 0 {
            break;
        }
        if unpacked > MAX_FILE_BYTES {
            return Err(ConnectorError::TooLarge { path: path.to_owned(), limit: MAX_FILE_BYTES });
        }
        let text = if number == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line) } else { &line };
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let resource = read_resource(text).map_err(|source| ConnectorError::Records {
            folder: folder.to_owned(),
            source: RecordsError::Resource { file: record_name(path).unwrap_or_default(), line: number, source },
        })?;
        let mut count = |resource: &Value| {
            counts.0 += 1;
            counts.1 += usize::from(resource_type(resource) == Some("Patient"));
        };
        match resource_type(&resource) {
            Some("Bundle") => open_bundle(resource).iter().for_each(&mut count),
            _ => count(&resource),
        }
    }
    Ok(counts)
}

#[cfg(test)]
mod tests;
