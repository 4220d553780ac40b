//! FHIR R4: which elements its types have, and resources by type as they are read.

mod bundle;
mod facts;
mod file;
mod groups;
mod model;
mod ndjson;
mod numbers;
mod subject;

pub use bundle::{BUNDLE, open};
pub use facts::{Facts, event_year, logical};
pub use file::{FhirFile, reference_year};
pub use groups::FhirGroups;
pub use model::{Element, Kind, Model, Primitive, Type, TypeId};
pub use ndjson::{ResourceError, read_resource, resource_type};
pub use numbers::Numbers;
pub use subject::{PATIENT, is_id, reference_id, subject_of, subjects_of};
