//! What auditors ask: threads and blocks to look at, bundles to verify elsewhere.

pub mod blocks;
pub mod bundle;

#[cfg(test)]
mod tests;
