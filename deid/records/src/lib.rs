//! Medical records as they are read and written: FHIR R4 resources, or a table.
//!
//! Nothing here knows what identifies a person; that is judged above.
#![forbid(unsafe_code)]

pub mod date;
pub mod fhir;

mod bounds;
mod delimited;
mod encoding;
mod field_bound;
mod header;
mod order;
mod records;
mod table;
mod table_error;
mod written;

pub use bounds::{Beyond, RecordBounds};
pub use delimited::{TableText, read_own_table, read_table, read_table_within};
pub use encoding::decoded;
pub use fhir::{FhirFile, FhirGroups, ResourceError, read_resource, resource_type};
pub use field_bound::{FillError, MAX_FIELD_BYTES, fill};
pub use header::place_name;
pub use order::{TooLong, in_order, records_in_order};
pub use records::{Records, RecordsError};
pub use table::{Column, ColumnBuilder, Table};
pub use table_error::TableError;
pub use written::write_table;
