//! Tables: what each column is, and how it is protected.

mod codes;
mod formula;
mod generalise;
mod meaning;
mod names;
mod own_names;
mod place_names;
mod protect;
mod roles;
mod scan;
mod values;
mod words;

pub(crate) use codes::chapter_bounds;
pub(crate) use meaning::{latest_event_year, reference_year};
pub use own_names::{Renamed, is_known_name, with_own_names};
pub(crate) use protect::protect;
pub use roles::propose;
pub(crate) use scan::{class_sizes, failing_models, scan};
pub(crate) use values::{is_missing, number_range};
