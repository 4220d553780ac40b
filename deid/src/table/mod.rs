//! Tables: what each column is, and how it is protected.

mod column;
mod protect;
mod roles;
mod scan;

pub(crate) use protect::protect;
pub use roles::propose;
pub(crate) use scan::{class_sizes, scan};
