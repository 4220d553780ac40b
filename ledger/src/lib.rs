//! The rules of the ledger: state + entry → state + receipts, with no clock, file, socket or randomness of its own.

#![forbid(unsafe_code)]

pub mod batch;
pub mod certificate;
pub mod codec;
pub mod entry;
pub mod event;
pub mod facts;
pub mod header;
pub mod id;
pub mod parent_block;
pub mod purpose;
pub mod side_block;
pub mod validator;
pub mod vote;
