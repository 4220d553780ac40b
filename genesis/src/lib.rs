//! The definition of a network: its human-readable genesis, the homes of its nodes, the allocation of keys.
//!
//! `genesis.toml` states the facts that the ledger starts from; the hash of their canonical bytes is the network id.
//! Where nodes are reached stands in each node's `config.toml`, so that a move does not found a new network.

#![forbid(unsafe_code)]

pub mod config;
pub mod dataset;
pub mod difference;
pub mod file;
pub mod generate;
pub mod key_files;
pub mod keys;
mod layout;
pub mod origin;
pub mod private;
pub mod toml_file;
