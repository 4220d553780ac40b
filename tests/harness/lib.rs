//! Networks of real processes for scenarios that cross crates: founded in temporary folders, attacked from outside.
//!
//! The nodes are the `medshare` program as it stands beside the test, so `cargo build -p medshare-cli` comes first. Whatever
//! a scenario does, the processes end with it: they belong to values that kill them, by their own ids, when they are dropped.

#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a scenario that goes wrong should stop where it went wrong"
)]

pub mod between;
pub mod clock;
pub mod disk;
pub mod http;
pub mod network;
pub mod opening;
pub mod other_package;
pub mod people;
mod processes;
pub mod program;
pub mod runner;
