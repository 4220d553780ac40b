//! Agreement on batches: the Malachite engine behind a small trait.
//!
//! [`start`] runs the engine for an [`Application`], which knows what a batch is. The engine (`arc-malachitebft-*` 0.8.2, Tendermint
//! with its own libp2p network) brings rounds, votes and catching up. What stands here is what it leaves to its user:
//!
//! - signatures as the ledger defines them (`signing`) and canonical bytes (`codec`);
//! - proposed batches, cut into signed parts, put together within bounds (`streams`, `shares`), kept until their round begins
//!   (`early`), looked at within bounds (`considered`), checked without anybody waiting for it (`docket`) and stored before anybody votes
//!   (`undecided`);
//! - decided batches from other nodes, which count as nothing before they are compared with their certificates (`fetched`);
//! - a write-ahead log that halts the node when it cannot be written (`wal`), and not voting where it was lost (`abstention`);
//! - what is known of the others beside their votes (`neighbours`);
//! - who proposes, passing over validators that are down (`members`), not waiting for one that is known to be (`timeouts`); when the
//!   next height starts (`pace`), the first one once the others listen (`audience`);
//! - an end of the process when the engine ends (`fault`), and a loud voice when heights stop (`watchdog`).
//!
//! See `docs/adr/0001-consensus-engine.md`.

#![forbid(unsafe_code)]

/// The name by which tests from outside know this crate.
#[cfg(test)]
extern crate self as medshare_node_consensus;

mod abstention;
mod application;
mod audience;
mod binding;
mod certificate;
mod codec;
mod config;
mod considered;
mod context;
mod docket;
mod early;
mod engine;
mod fault;
mod fetched;
mod giving;
mod host;
mod limits;
mod members;
mod neighbours;
mod pace;
mod part;
mod proposals;
mod shares;
mod signing;
mod streams;
#[cfg(test)]
mod testing;
mod timeouts;
#[cfg(test)]
#[path = "../tests/toy/mod.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests, which share it with those from outside"
)]
mod toy;
mod undecided;
mod wal;
mod watchdog;

pub use application::{Application, Candidate, Checking, DecidedBatch, Reading, Verdict};
pub use config::{EngineConfig, Timing};
pub use engine::{EngineHandle, StartError, metrics_text, start};
pub use fault::{Fault, Halt, HaltReason, HaltWatch};
pub use limits::{MAX_BATCH_BYTES, MAX_CHECKS};
pub use neighbours::{Decision, Neighbours};
pub use pace::Wake;
pub use watchdog::Progress;
