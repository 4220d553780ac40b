//! The chain as this node has it: what executing the decided batches gives.
//!
//! Execution is deferred: a decided batch is durable in the log before anything else happens, then it is executed off the
//! consensus loop; the next proposal waits for it because it carries the state root. Starting up runs the same function
//! over what the log has and the views lack, so recovery is exercised at every start.

#![forbid(unsafe_code)]

mod chain;
pub mod clock;
mod contracts;
mod culprit;
mod entry_reader;
mod error;
pub mod execute;
mod keys;
pub mod mempool;
mod proposal;
mod recovery;
mod tiles;
pub mod views;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use chain::{Chain, Outcome};
pub use entry_reader::EntryReader;
pub use error::ChainError;
pub use proposal::Judgement;
