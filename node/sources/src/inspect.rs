//! Reading a folder of records through before a network relies on it, and trying whether its people can be made anonymous.
//!
//! A table is read as a request reads it. FHIR is read line by line, and of the patients only that is kept by which they are told apart, so
//! that memory does not grow with what is about them.

use super::folder::{FolderConnector, MAX_FILE_BYTES, damaged, reader, record_name};
use super::{Connector as _, ConnectorError};
use medshare_deid::fhir::open as open_bundle;
use medshare_deid::records::{read_resource, resource_type};
use medshare_deid::{
    ConfigError, DeidConfig, DeidError, FhirFile, MIN_K, PackageKey, Records, RecordsError, prepare, subject_count,
};
use serde_json::Value;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

mod guessed;

pub use guessed::GuessedRoles;

/// Resource type of patients.
const PATIENT: &str = "Patient";
/// What a patient is told apart by.
const TELLING: [&str; 10] = [
    "resourceType",
    "id",
    "birthDate",
    "gender",
    "address",
    "extension",
    "deceasedBoolean",
    "deceasedDateTime",
    "modifierExtension",
    "implicitRules",
];
/// Bytes read at once.
const READ_BYTES: usize = 256 * 1024;

/// What a folder holds.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Contents {
    /// `fhir-r4` or `table`.
    pub record_type: &'static str,
    /// Resources or rows.
    pub records: usize,
    /// Patients, people by the column that tells them apart, or rows.
    pub subjects: usize,
    /// What the columns of a table are taken for, where no configuration says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guessed: Option<GuessedRoles>,
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
    #[error("{} holds too few patients or rows ({subjects}): with k = {k} no package of them could leave", path.display())]
    TooFew {
        /// The folder.
        path: PathBuf,
        /// Patients or rows.
        subjects: usize,
        /// Anonymity asked for.
        k: u32,
    },
    /// De-identification refuses them.
    #[error("no package could be made of the records in {}", path.display())]
    CannotLeave {
        /// The folder.
        path: PathBuf,
        /// What it says.
        #[source]
        source: DeidError,
    },
}

/// How a node de-identifies records: as its operator says and at least as the terms ask; where he says nothing, the terms decide.
#[must_use]
pub fn effective_config(records: &Records, configured: Option<&DeidConfig>, k: u32) -> DeidConfig {
    match configured {
        Some(config) => DeidConfig { k: config.k.max(k), ..config.clone() },
        None => DeidConfig { k: k.max(MIN_K), ..DeidConfig::default_for(records) },
    }
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
    let (mut contents, records) = match tables {
        0 => {
            let total = files.iter().map(|(_, bytes, _)| bytes).sum();
            let paths: Vec<PathBuf> = files.into_iter().map(|(path, ..)| path).collect();
            inspect_fhir(folder, &paths, &Meter { read: AtomicU64::new(0), total, progress })?
        }
        _ => inspect_table(folder, config)?,
    };
    let effective = effective_config(&records, config, k);
    effective.validate(&records)?;
    if tables > 0 {
        contents.subjects = subject_count(&records, &effective);
    }
    match contents.subjects {
        0 if tables == 0 => return Err(InspectError::NoPatients { path: folder.to_owned() }),
        subjects if subjects < effective.k as usize => {
            return Err(InspectError::TooFew { path: folder.to_owned(), subjects, k: effective.k });
        }
        _ => {}
    }
    // Nothing of the attempt leaves, so its key is nobody's.
    let attempt = prepare(&records, &effective, &PackageKey::new([0; 32]));
    attempt.map_err(|source| InspectError::CannotLeave { path: folder.to_owned(), source })?;
    Ok(contents)
}

fn is_table(path: &Path) -> bool {
    record_name(path).is_some_and(|name| name.ends_with(".csv"))
}

fn inspect_table(folder: &Path, config: Option<&DeidConfig>) -> Result<(Contents, Records), InspectError> {
    let connector = FolderConnector::new(folder.to_owned());
    let file = connector.files()?.iter().find_map(|(path, ..)| record_name(path));
    let records = connector.retrieve()?.records;
    let guessed = match (&records, config) {
        (Records::Table(table), None) => {
            let guessed = GuessedRoles::of(table);
            if !guessed.tells_anything() {
                return Err(InspectError::UnknownColumns { file: file.unwrap_or_default() });
            }
            Some(guessed)
        }
        _ => None,
    };
    let (count, subjects) = (records.count(), records.subject_count());
    Ok((Contents { record_type: records.type_label(), records: count, subjects, guessed }, records))
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

/// What a file holds: how many resources, and the patients among them.
struct FileContents {
    resources: usize,
    patients: FhirFile,
}

/// Reads the files on all cores; of several broken ones the first that was begun is told.
fn inspect_fhir(folder: &Path, paths: &[PathBuf], meter: &Meter<'_>) -> Result<(Contents, Records), ConnectorError> {
    let (next, is_broken) = (AtomicUsize::new(0), AtomicBool::new(false));
    let work = || {
        let mut outcomes: Vec<(usize, Result<FileContents, ConnectorError>)> = Vec::new();
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
    let (mut resources, mut patients) = (0, FhirFile::new(PATIENT));
    for (_, outcome) in outcomes {
        let file = outcome?;
        resources += file.resources;
        file.patients.resources().for_each(|patient| patients.push(&patient));
    }
    let contents = Contents { record_type: "fhir-r4", records: resources, subjects: patients.len(), guessed: None };
    Ok((contents, Records::Fhir(vec![patients])))
}

fn inspect_file(folder: &Path, path: &Path, meter: &Meter<'_>) -> Result<FileContents, ConnectorError> {
    let io = |source| ConnectorError::Io { path: path.to_owned(), source };
    let file = Metered { file: File::open(path).map_err(io)?, meter };
    let mut reader = BufReader::with_capacity(READ_BYTES, reader(path, file).take(MAX_FILE_BYTES + 1));
    let mut contents = FileContents { resources: 0, patients: FhirFile::new(PATIENT) };
    let (mut line, mut unpacked) = (Vec::new(), 0u64);
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
        let mut take = |resource: Value| {
            contents.resources += 1;
            if resource_type(&resource) == Some(PATIENT) {
                contents.patients.push(&telling(resource));
            }
        };
        match resource_type(&resource) {
            Some("Bundle") => open_bundle(resource).into_iter().for_each(&mut take),
            _ => take(resource),
        }
    }
    Ok(contents)
}

/// A patient without what tells nobody apart.
fn telling(patient: Value) -> Value {
    let Value::Object(fields) = patient else { return patient };
    Value::Object(fields.into_iter().filter(|(name, _)| TELLING.contains(&name.as_str())).collect())
}

#[cfg(test)]
mod tests;
