//! De-identification of medical records.
//!
//! Ranks records by how sensitive they are ([`classify`]), makes copies that may leave ([`deidentify`]), and checks such copies without
//! seeing the originals ([`check`]). FHIR R4 resources and tables. Pure: no clock, no file, no randomness; secrets are arguments.
#![forbid(unsafe_code)]

pub mod account;
pub mod fhir;
pub mod prepared;
pub mod report;
pub mod risk;
pub mod sensitive;
pub mod together;

mod category;
mod check;
mod classes;
mod config;
mod deidentify;
mod inspection;
mod naming;
mod outcome;
mod proposal;
mod sensitivity;
mod table;

pub use category::Category;
pub use check::{CheckReport, Finding, check};
pub use config::{
    ColumnKind, ConfigError, DateHandling, DeidConfig, FhirConfig, HierarchyConfig, MIN_K, Method, Role, TableConfig,
};
pub use deidentify::{DeidError, DeidReport, Deidentified, deidentify};
pub use inspection::Inspection;
pub use medshare_deid_anon as anon;
pub use medshare_deid_identifiers::{MAX_SHIFT_DAYS, PackageKey, Pseudonyms, RestrictedZips, Shape, is_zip, shapes_in};
pub use medshare_deid_records::date;
pub use medshare_deid_records::{self as records, FhirFile, Records, RecordsError, Table};
pub use outcome::Generalisation;
pub use prepared::{Prepared, Rendered, SlotValue, Template, prepare};
pub use sensitivity::{Level, Reason, SensitivityReport, classify, subject_count};
pub use table::{Guess, Renamed, Withheld, guesses, is_known_name, propose, with_own_names, withheld};
