//! Tables: what each column is, and how it is protected.

mod codes;
mod formula;
mod generalise;
mod meaning;
mod names;
mod own_names;
mod people;
mod people_requirements;
mod person_dates;
mod person_proposal;
mod place_names;
mod protect;
mod roles;
mod scan;
mod values;
mod words;

pub(crate) use meaning::{latest_event_year, reference_year};
pub use own_names::{Renamed, is_known_name, with_own_names};
pub(crate) use people::{People, equal_rows, people_count};
pub(crate) use person_proposal::overlooked_person;
pub(crate) use protect::protect;
pub use roles::propose;
pub(crate) use scan::{class_sizes, failing_models, scan};
