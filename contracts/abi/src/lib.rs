//! The values that cross the border between a smart contract and whoever runs it.
//!
//! MeDShare (Xia et al., IEEE Access 2017) has two contracts: one travels with the data and watches what is done with it
//! ([`usage`]), one keeps the "smart contract permissions database" ([`permissions`]). Here both are WebAssembly guests that
//! are pure functions from one input to one outcome. This crate holds those inputs and outcomes, their canonical bytes
//! ([`codec`]) and the names that host and guest call each other by ([`guest`]). The paper gives no bytes; the layout is ours.
//!
//! Every number here that is written as a code is stable: it appears on the ledger or inside packages.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod action;
pub mod codec;
pub mod guest;
pub mod permissions;
mod report;
mod text;
pub mod usage;

pub use action::{Action, ActionSet, Sensitivity};
pub use codec::{Decode, DecodeError, Encode};
pub use report::ReportKind;
pub use text::{BoundedText, TextError};
