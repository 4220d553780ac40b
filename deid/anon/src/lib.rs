//! Anonymity of tables: hierarchies, classes of equal rows, and the search for the least generalisation that protects enough.
//!
//! Global recoding by full-domain generalisation with suppression (Samarati, IEEE TKDE 2001): each quasi-identifier has a hierarchy of
//! ever coarser levels; a *transformation* chooses one level per quasi-identifier; rows in classes smaller than `k` are left out.
#![forbid(unsafe_code)]

mod bound;
mod evaluate;
mod hierarchy;
mod hubs;
mod kernel;
mod lattice;
mod layout;
mod metric;
mod mondrian;
mod parts;
mod privacy;
mod problem;
mod progress;
mod search;
mod slots;
mod source;

pub use hierarchy::{ANY, Hierarchy, HierarchyError};
pub use lattice::MAX_TRANSFORMATIONS;
pub use metric::Metric;
pub use mondrian::{LocalRecoding, mondrian};
pub use privacy::{Privacy, failing_classes};
pub use problem::{Attribute, Problem, ProblemError, Sensitive};
pub use search::{Goal, SearchError, Solution, Unreachable, search};
