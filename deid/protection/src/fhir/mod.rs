//! FHIR R4: what identifies in a resource, and how it is protected.

mod dates;
mod patients;
mod protect;
mod rules;
mod scan;
mod values;

pub(crate) use dates::DatePolicy;
pub use medshare_deid_records::fhir::{Element, Kind, Model, Primitive, Type, TypeId, event_year, open};
pub(crate) use patients::{
    ATTRIBUTES, Anonymised, TOLD, TOLD_ATTRIBUTES, anonymise, attributes_of, distinct_patients, patients,
    told_attributes_of,
};
pub(crate) use protect::Protector;
pub(crate) use scan::{Scan, Scanner, scan};
