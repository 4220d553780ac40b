//! Processing nodes (MeDShare): the way of an authenticated request to a validated, encrypted package under its parent block.
//!
//! [`pipeline`] goes it for one request, with what its [`processing_node`] has: records out of [`prepared_sets`], the
//! [judgement](validation) of one of the [`second_nodes`], [`packaging`] under [`policy_keys`]. [`progress`] tells how far it is,
//! [`packages`] keeps what came of it.

#![forbid(unsafe_code)]

pub mod blocking;
pub mod commitment;
mod package_key;
pub mod packages;
pub mod packaging;
pub mod pipeline;
pub mod policy_keys;
pub mod prepared_sets;
pub mod processing_node;
pub mod progress;
pub mod second_nodes;
pub mod templates;
pub mod validation;
pub mod working;

pub use processing_node::ProcessingNode;
