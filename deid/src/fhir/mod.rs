//! FHIR R4: what identifies in a resource, and how it is protected.

mod bundle;
mod dates;
mod model;
mod patients;
mod protect;
mod rules;
mod scan;
mod subject;
mod values;

pub(crate) use bundle::BUNDLE;
pub use bundle::open;
pub(crate) use dates::DatePolicy;
pub use model::{Element, Kind, Model, Primitive, Type, TypeId};
pub(crate) use patients::{ATTRIBUTES, Anonymised, PATIENT, anonymise, attributes_of, distinct_patients, patients};
pub(crate) use protect::Protector;
pub(crate) use scan::{Scan, Scanner, scan};
pub use subject::event_year;
pub(crate) use subject::{latest_year, reference_year, subject_of, subjects_of};
