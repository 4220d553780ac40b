//! Tables: what each column is, and how it is protected.

mod codes;
mod generalise;
mod meaning;
mod names;
mod protect;
mod roles;
mod scan;
mod values;
mod words;

pub(crate) use meaning::{latest_event_year, reference_year};
pub(crate) use protect::protect;
pub use roles::propose;
pub(crate) use scan::{class_sizes, failing_models, scan};
