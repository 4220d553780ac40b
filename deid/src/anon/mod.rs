//! Anonymity of tables: hierarchies, classes of equal rows, and the search for the least generalisation that protects enough.
//!
//! Global recoding by full-domain generalisation with suppression (Samarati, IEEE TKDE 2001): each quasi-identifier has a hierarchy of
//! ever coarser levels; a *transformation* chooses one level per quasi-identifier; rows in classes smaller than `k` are left out.

mod grouping;
mod hierarchy;
mod problem;
mod search;

pub use grouping::Classes;
pub use hierarchy::{ANY, Hierarchy, HierarchyError};
pub use problem::{Attribute, Problem};
pub use search::{Solution, Unreachable, search};
