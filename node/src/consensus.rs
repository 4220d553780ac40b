//! Agreement on batches: the Malachite engine behind a small trait.
//!
//! [`start`] runs the engine for an [`Application`], which knows what a batch is. The engine (`arc-malachitebft-*` 0.8.2, Tendermint
//! with its own libp2p network) brings rounds, votes and catching up. What stands here is what it leaves to its user:
//!
//! - signatures as the ledger defines them ([`signing`]) and canonical bytes ([`codec`]);
//! - proposed batches, cut into signed parts, put together within bounds ([`streams`]) and stored before anybody votes
//!   ([`undecided`]);
//! - a write-ahead log that halts the node when it cannot be written ([`wal`]), and not voting where it was lost ([`abstention`]);
//! - who proposes, passing over validators that are down ([`members`]); when the next height starts ([`pace`]);
//! - an end of the process when the engine ends ([`fault`]), and a loud voice when heights stop ([`watchdog`]).
//!
//! See `docs/adr/0001-consensus-engine.md`.

pub mod abstention;
pub mod application;
mod certificate;
pub mod codec;
pub mod config;
pub mod context;
mod engine;
pub mod fault;
mod host;
pub mod limits;
pub mod members;
pub mod pace;
pub mod part;
mod proposals;
pub mod signing;
pub mod streams;
#[cfg(test)]
pub(crate) mod testing;
pub mod undecided;
pub mod wal;
pub mod watchdog;

pub use application::{Application, Candidate, DecidedBatch, Verdict};
pub use config::{EngineConfig, Timing};
pub use engine::{EngineHandle, StartError, metrics_text, start};
pub use fault::{Fault, Halt, HaltReason, HaltWatch};
pub use pace::Wake;
pub use watchdog::Progress;
