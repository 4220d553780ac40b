//! FHIR R4: what identifies in a resource, and how it is protected.

mod code_forms;
mod codings;
mod concepts;
mod dates;
mod findings;
mod keys;
mod label;
mod links;
mod losses;
mod masks;
mod modifiers;
mod patients;
mod primitives;
mod profiles;
mod protect;
mod quantities;
mod references;
mod release;
mod rules;
mod scan;
mod standings;
mod terminologies;
mod told;
mod units;
mod values;

pub(crate) use dates::{DatePolicy, counted_in};
pub use keys::pseudonym_source;
pub use medshare_deid_records::fhir::{Element, Kind, Model, Primitive, Type, TypeId, event_year, open};
pub(crate) use patients::{ATTRIBUTES, Attributes, TOLD, TOLD_ATTRIBUTES, attributes_of, patients, told_attributes_of};
pub(crate) use release::release;
pub(crate) use scan::{Scan, Scanner, scan};
