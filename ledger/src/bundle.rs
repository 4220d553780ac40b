//! The audit bundle: everything about one requestor, verifiable with the network stopped.
//!
//! A bundle rests on one certified batch header, the anchor. Its history root says what was ordered; its state root, which is
//! that after the height before it, says what holds: the thread has exactly n blocks, this chain exactly m, this permission
//! stands so. Entries are proven to stand in the history, the state proves that none of a requestor's is missing.
//! Every byte of the file is covered: by a signature, a hash or a proof, or by the one canonical form of its framing.

mod audit;
mod build;
mod document;
mod error;
mod openings;
mod package;
mod report;
mod requests;
mod verify;

pub use build::{BuildError, BundleSource, build};
pub use error::{BundleError, Fault, Part};
pub use report::{AuditReport, DecisionReport, PackageReport, RequestReport, SideBlockReport};
pub use verify::verify;

/// Longest bundle that is read, in bytes.
pub const MAX_BUNDLE_BYTES: usize = 256 * 1024 * 1024;
