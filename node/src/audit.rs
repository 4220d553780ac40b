//! What auditors ask: threads and blocks to look at, bundles to verify elsewhere.

pub mod bundle;
pub mod blocks;

#[cfg(test)]
mod tests;
