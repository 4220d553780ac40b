//! The rules of the ledger, through the crate's public API.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that goes wrong should stop where it went wrong"
)]

mod access;
mod batches;
mod blocks;
mod clocks;
mod decisions;
mod full_chains;
mod genesis;
#[path = "../network/mod.rs"]
mod network;
mod overheard;
mod rejections;
mod story;
mod vectors;
