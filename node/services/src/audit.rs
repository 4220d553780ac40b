//! What auditors ask, and agents: threads and blocks to look at, bundles and proofs to verify elsewhere.

pub mod blocks;
pub mod bundle;
pub mod proofs;
pub mod requests;
pub mod span;
pub mod violations;
pub mod words;

#[cfg(test)]
mod tests;
