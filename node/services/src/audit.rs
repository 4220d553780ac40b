//! What auditors ask: threads and blocks to look at, bundles to verify elsewhere.

pub mod blocks;
pub mod bundle;
pub mod span;
pub mod words;

#[cfg(test)]
mod tests;
