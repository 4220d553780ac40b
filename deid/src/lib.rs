//! De-identification of medical records.
//!
//! Ranks records by how sensitive they are ([`classify`]), makes copies that may leave ([`deidentify`]), and checks such copies without
//! seeing the originals ([`check`]). FHIR R4 resources and tables. Pure: no clock, no file, no randomness; secrets are arguments.
#![forbid(unsafe_code)]

pub mod anon;
pub mod cohort;
pub mod date;
pub mod fhir;
pub mod pathrules;
pub mod prepared;
pub mod records;
pub mod report;
pub mod risk;

mod category;
mod check;
mod config;
mod deidentify;
mod inspection;
mod key;
mod sensitivity;
mod shape;
mod table;
mod zip;

pub use category::Category;
pub use check::{CheckReport, Finding, check};
pub use config::{
    ConfigError, DateHandling, DeidConfig, FhirConfig, HierarchyConfig, MIN_K, Method, RestrictedZips, Role,
    TableConfig,
};
pub use deidentify::{DeidError, DeidReport, Deidentified, Generalisation, deidentify};
pub use inspection::Inspection;
pub use key::{MAX_SHIFT_DAYS, PackageKey, Pseudonyms};
pub use prepared::{Prepared, Rendered, SlotValue, Template, prepare};
pub use records::{FhirFile, Records, RecordsError, Table};
pub use sensitivity::{Level, Reason, SensitivityReport, classify};
pub use shape::{Shape, is_zip, shapes_in};
pub use table::propose;
