//! What the search finds, against others who look for the same.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod agrees_with_brute_force;
mod arx_optima;
#[path = "../../../protection/tests/corpus/mod.rs"]
mod corpus;
