//! A network in memory: parties with fixed keys, entries made by them, and one node that decides whatever it is given.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "shared by several test programs, each of which uses a part; tests should stop where they go wrong"
)]

pub mod counter;
pub mod entries;
pub mod node;
pub mod parties;
pub mod permissions;
pub mod side_blocks;

pub use node::Node;
pub use parties::Parties;

/// Start of time in these tests, milliseconds since 1970.
pub const T0: u64 = 1_700_000_000_000;
