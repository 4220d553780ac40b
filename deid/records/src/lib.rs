//! Medical records as they are read and written: FHIR R4 resources, or a table.
//!
//! Nothing here knows what identifies a person; that is judged above.
#![forbid(unsafe_code)]

pub mod date;
pub mod fhir;

mod bounds;
mod delimited;
mod records;
mod table;

pub use bounds::{Beyond, RecordBounds};
pub use delimited::{TableError, TextEncoding, delimiter_of, read_table, read_table_within, write_table};
pub use fhir::{FhirFile, FhirGroups, ResourceError, read_resource, resource_type};
pub use records::{Records, RecordsError};
pub use table::{Column, ColumnBuilder, Table};
