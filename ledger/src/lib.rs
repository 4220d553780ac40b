//! The rules of the ledger: state + entry → state + receipts, with no clock, file, socket or randomness of its own.

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

pub mod batch;
pub mod bundle;
pub mod certificate;
pub mod certified_state;
pub mod check;
pub mod codec;
pub mod entry;
pub mod entry_chain;
pub mod event;
pub mod execution;
pub mod facts;
pub mod grant_proof;
pub mod header;
pub mod history;
pub mod id;
pub mod identity_proof;
pub mod link;
pub mod opening_proof;
pub mod parent_block;
pub mod permission_proof;
pub mod purpose;
pub mod rejection;
pub mod request;
pub mod request_proof;
pub mod side_block;
pub mod signing;
pub mod state;
pub mod state_tree;
#[cfg(feature = "testing")]
pub mod testing;
pub mod trail;
pub mod validator;
pub mod vote;
pub mod weight;
pub mod window;
