//! Processing nodes (MeDShare): from an authenticated request to a validated, encrypted package and its parent block.

pub mod commitment;
pub mod packaging;
pub mod pipeline;
pub mod policy_keys;
pub mod prepared_sets;
pub mod progress;
pub mod validation;
