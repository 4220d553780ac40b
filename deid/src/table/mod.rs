//! Tables: what each column is, and how it is protected.

mod codes;
mod column;
mod names;
mod protect;
mod roles;
mod scan;

pub(crate) use protect::{Outcome, TableFailure, protect};
pub use roles::propose;
pub(crate) use scan::{class_sizes, failing_models, scan};
