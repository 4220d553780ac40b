//! What is de-identified: FHIR R4 resources grouped by type, or one table.
//!
//! De-identified records have one canonical form as files ([`Records::to_files`]): NDJSON with one file per resource type, or one CSV file.
//! Reading the canonical files and writing them again gives the same bytes, so a commitment to the bytes is one to the records.

use crate::bounds::{Beyond, RecordBounds};
use crate::delimited::{TableText, read_own_table, read_table_within};
use crate::fhir::{self, FhirFile, FhirGroups, ResourceError};
use crate::table::Table;
use crate::table_error::TableError;
use crate::written::write_table;

/// A set of records, before or after de-identification.
#[derive(Clone, Debug, PartialEq)]
pub enum Records {
    /// FHIR R4 resources, one group per resource type.
    Fhir(Vec<FhirFile>),
    /// One table.
    Table(Table),
}

/// Why files could not be read as records.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// No file was given.
    #[error("no records: expected .ndjson files or one .csv file")]
    Empty,
    /// Files of both forms, or several tables, were given.
    #[error("{file}: expected either .ndjson files only or exactly one .csv file")]
    Mixed {
        /// The first file that does not fit the others.
        file: String,
    },
    /// A file's name does not tell its form.
    #[error("{file}: unknown kind of file; expected a name that ends in .ndjson or .csv")]
    UnknownKind {
        /// The file's name.
        file: String,
    },
    /// A line of NDJSON is not a FHIR resource.
    #[error("{file}, line {line}: {source}")]
    Resource {
        /// The file's name.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// What was wrong.
        source: ResourceError,
    },
    /// They hold more than they may.
    #[error("{file}, line {line}: {beyond}")]
    Beyond {
        /// The file's name.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// What there is too much of.
        beyond: Beyond,
    },
    /// A table is not well formed.
    #[error("{file}, line {line}: {problem}")]
    Table {
        /// The file's name.
        file: String,
        /// The line, counted from 1.
        line: u64,
        /// What was wrong, and what was expected.
        problem: String,
    },
}

impl RecordsError {
    /// The file that it names.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        match self {
            RecordsError::Empty => None,
            RecordsError::Mixed { file }
            | RecordsError::UnknownKind { file }
            | RecordsError::Resource { file, .. }
            | RecordsError::Beyond { file, .. }
            | RecordsError::Table { file, .. } => Some(file),
        }
    }
}

impl Records {
    /// The data type's name on the ledger: `fhir-r4` or `table`.
    pub fn type_label(&self) -> &'static str {
        match self {
            Records::Fhir(_) => "fhir-r4",
            Records::Table(_) => "table",
        }
    }

    /// Number of resources or rows.
    pub fn count(&self) -> usize {
        match self {
            Records::Fhir(files) => files.iter().map(FhirFile::len).sum(),
            Records::Table(table) => table.row_count(),
        }
    }

    /// Number of data subjects: patients, or rows of a table.
    pub fn subject_count(&self) -> usize {
        match self {
            Records::Fhir(files) => {
                files.iter().filter(|file| file.resource_type() == fhir::PATIENT).map(FhirFile::len).sum()
            }
            Records::Table(table) => table.row_count(),
        }
    }

    /// Counts per part: per resource type, or the one table.
    pub fn counts(&self) -> Vec<(String, usize)> {
        match self {
            Records::Fhir(files) => files.iter().map(|file| (file.resource_type().to_owned(), file.len())).collect(),
            Records::Table(table) => vec![(table.name.clone(), table.row_count())],
        }
    }

    /// The records with bundles opened: what a bundle holds stands among the others.
    #[must_use]
    pub fn opened(self) -> Self {
        match self {
            Records::Fhir(files) if files.iter().any(|file| file.resource_type() == fhir::BUNDLE) => {
                let (bundles, others): (Vec<FhirFile>, Vec<FhirFile>) =
                    files.into_iter().partition(|file| file.resource_type() == fhir::BUNDLE);
                let mut groups = FhirGroups::from(others);
                for (bundle, numbers) in bundles.iter().flat_map(|file| file.part_as_written(0..file.len())) {
                    groups.push_bundle(bundle, &numbers);
                }
                Records::Fhir(groups.finish())
            }
            other => other,
        }
    }

    /// The records as files: names and bytes, sorted by name. De-identified records are in canonical form; others are as they were read,
    /// grouped by type.
    pub fn to_files(&self) -> Vec<(String, Vec<u8>)> {
        match self {
            Records::Fhir(files) => {
                let mut named: Vec<(String, Vec<u8>)> = files
                    .iter()
                    .map(|file| (format!("{}.ndjson", file.resource_type()), file.text().to_vec()))
                    .collect();
                named.sort();
                named
            }
            Records::Table(table) => vec![(format!("{}.csv", table.name), write_table(table))],
        }
    }

    /// Reads files of one's own by their names' endings: `.ndjson` (any number, any mixture of resource types) or one `.csv`, as any program
    /// wrote it.
    ///
    /// # Errors
    /// Says which file and line could not be read, and why.
    pub fn from_files(files: &[(String, Vec<u8>)]) -> Result<Self, RecordsError> {
        let read = |name: &str, bytes: &[u8]| read_own_table(name, bytes, &TableText::default());
        Self::read(files, read, &RecordBounds::NONE)
    }

    /// The same of what [`Records::to_files`] writes, where it comes from somebody else: to the letter.
    ///
    /// # Errors
    /// Says which file and line could not be read, and why, or of what there is too much.
    pub fn from_files_within<B: AsRef<[u8]>>(
        files: &[(String, B)],
        bounds: &RecordBounds,
    ) -> Result<Self, RecordsError> {
        Self::read(files, |name, bytes| read_table_within(name, bytes, b',', bounds), bounds)
    }

    fn read<B: AsRef<[u8]>>(
        files: &[(String, B)],
        table: impl Fn(&str, &[u8]) -> Result<Table, TableError>,
        bounds: &RecordBounds,
    ) -> Result<Self, RecordsError> {
        let (first, _) = files.first().ok_or(RecordsError::Empty)?;
        if let Some(stem) = first.strip_suffix(".csv") {
            let (_, bytes) = match files {
                [only] => only,
                [_, (second, _), ..] => {
                    return Err(RecordsError::Mixed { file: second.clone() });
                }
                [] => return Err(RecordsError::Empty),
            };
            return table(stem, bytes.as_ref()).map(Records::Table).map_err(|error| in_file(error, first));
        }
        let mut groups = FhirGroups::default();
        for (name, bytes) in files {
            if name.ends_with(".csv") {
                return Err(RecordsError::Mixed { file: name.clone() });
            }
            if !name.ends_with(".ndjson") {
                return Err(RecordsError::UnknownKind { file: name.clone() });
            }
            read_resources(&mut groups, name, bytes.as_ref(), bounds)?;
        }
        Ok(Records::Fhir(groups.finish()))
    }
}

fn in_file(error: TableError, file: &str) -> RecordsError {
    RecordsError::Table { file: file.to_owned(), line: error.line, problem: error.problem }
}

fn read_resources(
    groups: &mut FhirGroups,
    file: &str,
    bytes: &[u8],
    bounds: &RecordBounds,
) -> Result<(), RecordsError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let beyond = |beyond| RecordsError::Beyond { file: file.to_owned(), line: index + 1, beyond };
        if line.len() > bounds.line_bytes {
            return Err(beyond(Beyond::Line { actual: line.len(), most: bounds.line_bytes }));
        }
        let resource = fhir::read_resource(line).map_err(|source| RecordsError::Resource {
            file: file.to_owned(),
            line: index + 1,
            source,
        })?;
        groups.push_line(line, &resource);
        if groups.types() > bounds.types {
            return Err(beyond(Beyond::Types { most: bounds.types }));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn resources_that_somebody_else_wrote_keep_within_their_bounds() {
        let bounds = RecordBounds { line_bytes: 64, types: 2, ..RecordBounds::NONE };
        let read = |text: &str| Records::from_files_within(&[("a.ndjson".to_owned(), text.as_bytes())], &bounds);
        let line = |name: &str| format!("{{\"resourceType\":\"{name}\"}}\n");
        let two = [line("Patient"), line("Observation"), line("Patient")].concat();
        assert_eq!(read(&two).unwrap().count(), 3);
        let beyond = |text: &str| match read(text).unwrap_err() {
            RecordsError::Beyond { line, beyond, .. } => (line, beyond),
            error => unreachable!("{error}"),
        };
        assert_eq!(beyond(&(two + &line("Device"))), (4, Beyond::Types { most: 2 }));
        let long = format!("{{\"resourceType\":\"Patient\",\"a\":[{}0]}}", "0,".repeat(20));
        assert_eq!(beyond(&long), (1, Beyond::Line { actual: long.len(), most: 64 }));
    }
}
