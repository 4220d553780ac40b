//! The program as people run it: what it prints, what it refuses, with which words and exit codes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that goes wrong should stop where it went wrong"
)]

mod abe;
mod asking;
mod attributes;
mod binary;
mod blocks;
mod by_key;
mod completions;
mod configuration;
mod deid;
mod deid_interrupted;
mod deid_patients;
mod fake_ledger;
mod fake_node;
mod fake_registry;
mod help;
mod liars;
mod lying_issue;
mod manual;
mod networks;
mod other_network;
mod remembered;
mod requests;
mod rights;
mod schemes;
mod sending;
mod transcripts;
mod wrong_files;
