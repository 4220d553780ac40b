//! The commands of the cryptographic schemes as their guides describe them: the stories, and what is refused with which words.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that goes wrong should stop where it went wrong")]

mod abe_issue;
mod abe_policy;
mod abe_pool;
mod abe_with_nodes;
mod aggregate;
mod bad_input;
mod binary;
mod domain;
mod files;
mod passphrase;
mod signature;
