//! What auditors ask: threads and blocks to look at, bundles to verify elsewhere.

pub mod blocks;
pub mod bundle;
pub mod span;

#[cfg(test)]
mod tests;
