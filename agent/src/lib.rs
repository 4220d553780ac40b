//! The requestor's side of MeDShare: sends requests, opens packages, runs the contract beside the data and reports.
//!
//! The agent runs on a machine that its requestor owns. It enforces the contract in honest hands and leaves signed, numbered
//! reports; what it cannot enforce, `docs/threat-model.md` says.

#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "a test that goes wrong should stop where it went wrong"
    )
)]

pub mod audit;
pub mod card;
pub mod client;
pub mod clock;
#[cfg(test)]
mod fake_ledger;
#[cfg(test)]
mod fake_node;
#[cfg(test)]
mod fake_proof;
#[cfg(test)]
mod fixture;
pub mod request;
#[cfg(test)]
mod sealed_before;
pub mod session;
pub mod vault;
