//! FHIR R4: what identifies in a resource, and how it is protected.

mod model;
mod patients;
mod protect;
mod rules;
mod scan;
mod subject;

pub use model::{Element, Kind, Model, Primitive, Type, TypeId};
pub(crate) use patients::{ATTRIBUTES, Anonymised, anonymise, attributes_of, patients};
pub(crate) use protect::{DatePolicy, Protector};
pub(crate) use scan::{Scanner, scan};
pub use subject::event_year;
pub(crate) use subject::{latest_year, reference_year, subject_of};
