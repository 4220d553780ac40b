//! Records in a folder: FHIR R4 as NDJSON, one file per resource type, or tables as CSV; each plain or gzipped.

use super::{Connector, ConnectorError, Retrieved, SourceState};
use flate2::read::MultiGzDecoder;
use medshare_crypto::hash::Hash32;
use medshare_deid::records::{FillError, TableError, fill};
use medshare_deid::{Records, RecordsError, with_own_names};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Most bytes of one file when unpacked.
pub(super) const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// A folder of record files.
pub struct FolderConnector {
    folder: PathBuf,
}

impl FolderConnector {
    /// The records in `folder`.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The record files with size and time of change, sorted by name.
    pub(super) fn files(&self) -> Result<Vec<(PathBuf, u64, Option<SystemTime>)>, ConnectorError> {
        let io = |source| ConnectorError::Io { path: self.folder.clone(), source };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(io)? {
            let path = entry.map_err(io)?.path();
            if record_name(&path).is_some() {
                let metadata = path.metadata().map_err(|source| ConnectorError::Io { path: path.clone(), source })?;
                files.push((path, metadata.len(), metadata.modified().ok()));
            }
        }
        if files.is_empty() {
            return Err(ConnectorError::Empty { path: self.folder.clone() });
        }
        files.sort();
        Ok(files)
    }
}

impl Connector for FolderConnector {
    fn state(&self) -> Result<SourceState, ConnectorError> {
        Ok(SourceState(format!("{:?}", self.files()?)))
    }

    fn retrieve(&self) -> Result<Retrieved, ConnectorError> {
        let seen = self.files()?;
        let files: Vec<_> = seen.iter().map(|(path, ..)| read_file(path)).collect::<Result<_, _>>()?;
        if self.files()? != seen {
            return Err(ConnectorError::Changed { path: self.folder.clone() });
        }
        let digests: Vec<&[u8]> = files.iter().flat_map(|(name, bytes)| [name.as_bytes(), bytes]).collect();
        let digest: Hash32 = medshare_crypto::hash::tagged_hash("medshare/source/v1", &digests);
        let records = Records::from_files(&files)
            .map_err(|source| ConnectorError::Records { folder: self.folder.clone(), source })?;
        let (records, _) = with_own_names(records.opened());
        Ok(Retrieved { records, digest })
    }
}

/// Name of a record file without `.gz`; none for other files.
pub(super) fn record_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let plain = name.strip_suffix(".gz").unwrap_or(name);
    (!name.starts_with('.') && (plain.ends_with(".ndjson") || plain.ends_with(".csv"))).then(|| plain.to_owned())
}

/// Undoes gzip where the file's name says so.
pub(super) fn reader<'a>(path: &Path, file: impl Read + 'a) -> Box<dyn Read + 'a> {
    match path.extension().is_some_and(|e| e == "gz") {
        true => Box::new(MultiGzDecoder::new(file)),
        false => Box::new(file),
    }
}

/// What went wrong behind the last whole line of a file: the file's fault, or the disk's.
pub(super) fn damaged(path: &Path, line: usize, source: io::Error) -> ConnectorError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
            ConnectorError::Damaged { path, line, source }
        }
        _ => ConnectorError::Io { path, source },
    }
}

fn read_file(path: &Path) -> Result<(String, Vec<u8>), ConnectorError> {
    let io = |source| ConnectorError::Io { path: path.to_owned(), source };
    let name = record_name(path).ok_or_else(|| io(io::ErrorKind::InvalidInput.into()))?;
    let file = File::open(path).map_err(io)?;
    let mut bytes = Vec::new();
    let mut reader = reader(path, file).take(MAX_FILE_BYTES + 1);
    let read = match name.ends_with(".csv") {
        true => fill(&mut bytes, reader),
        false => reader.read_to_end(&mut bytes).map(drop).map_err(FillError::Io),
    };
    match read {
        Ok(()) => {}
        Err(FillError::Io(source)) => {
            let whole_lines = bytes.iter().filter(|byte| **byte == b'\n').count();
            return Err(damaged(path, whole_lines, source));
        }
        Err(FillError::Table(TableError { line, problem })) => {
            let folder = path.parent().unwrap_or(path).to_owned();
            return Err(ConnectorError::Records { folder, source: RecordsError::Table { file: name, line, problem } });
        }
    }
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(ConnectorError::TooLarge { path: path.to_owned(), limit: MAX_FILE_BYTES });
    }
    Ok((name, bytes))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write as _;

    const PATIENT: &str = "{\"resourceType\":\"Patient\",\"id\":\"a\"}\n";

    #[test]
    fn plain_and_gzipped_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("Patient.ndjson"), PATIENT).unwrap();
        let mut gz = GzEncoder::new(File::create(folder.path().join("more.ndjson.gz")).unwrap(), Compression::fast());
        gz.write_all(PATIENT.replace("\"a\"", "\"b\"").as_bytes()).unwrap();
        gz.finish().unwrap();
        let retrieved = FolderConnector::new(folder.path().to_owned()).retrieve().unwrap();
        assert_eq!(retrieved.records.count(), 2);
    }

    #[test]
    fn an_empty_folder_is_refused_with_what_was_expected() {
        let folder = tempfile::tempdir().unwrap();
        let error = FolderConnector::new(folder.path().to_owned()).retrieve().unwrap_err();
        assert!(error.to_string().contains("holds no records; expected .ndjson or .csv"));
    }

    #[test]
    fn a_broken_file_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("Patient.ndjson"), format!("{PATIENT}{{\"resourceType\":")).unwrap();
        let error = FolderConnector::new(folder.path().to_owned()).retrieve().unwrap_err();
        assert!(error.to_string().contains("Patient.ndjson, line 2"), "{error}");
    }

    #[test]
    fn a_changed_file_changes_state_and_digest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Patient.ndjson");
        std::fs::write(&path, PATIENT).unwrap();
        let connector = FolderConnector::new(folder.path().to_owned());
        let (state, before) = (connector.state().unwrap(), connector.retrieve().unwrap());
        assert_eq!(connector.state().unwrap(), state);
        std::fs::write(&path, [PATIENT, &PATIENT.replace("\"a\"", "\"b\"")].concat()).unwrap();
        assert_ne!(connector.state().unwrap(), state);
        let after = connector.retrieve().unwrap();
        assert_ne!(before.digest, after.digest);
        assert_eq!(after.records.count(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_changes_while_it_is_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (file, pipe) = (folder.path().join("a.ndjson"), folder.path().join("b.ndjson"));
        std::fs::write(&file, PATIENT).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let changing = std::thread::spawn(move || {
            // It opens when it is read, after the other one.
            let mut writer = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
            std::fs::write(&file, PATIENT.repeat(2)).unwrap();
            writer.write_all(PATIENT.as_bytes()).unwrap();
        });
        let outcome = FolderConnector::new(folder.path().to_owned()).retrieve();
        changing.join().unwrap();
        assert!(matches!(outcome, Err(ConnectorError::Changed { .. })), "{outcome:?}");
    }

    #[test]
    fn a_table_comes_as_its_program_meant_it_and_under_names_that_may_leave() {
        let folder = tempfile::tempdir().unwrap();
        let text = "sep=;\nage;0070318245\n40;1\n41;2\n";
        let bytes: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        std::fs::write(folder.path().join("Zed_Quillon.csv"), bytes).unwrap();
        let retrieved = FolderConnector::new(folder.path().to_owned()).retrieve().unwrap();
        let files = retrieved.records.to_files();
        assert_eq!(files, [("table.csv".to_owned(), b"age,column_2\n40,1\n41,2\n".to_vec())]);
    }
}
