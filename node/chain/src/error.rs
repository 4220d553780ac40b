//! Why a chain cannot be used.

use crate::execute::ExecuteError;
use medshare_crypto::hash::Hash32;
use medshare_ledger::facts::{GenesisFacts, PROTOCOL_VERSION};
use medshare_ledger::id::NetworkId;
use medshare_ledger::state::StateFault;
use medshare_node_store::fault::StoreFault;
use medshare_node_store::log::LogError;
use std::path::PathBuf;

/// Why a chain cannot be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The log cannot be used.
    #[error("the batch log cannot be used")]
    Log(#[from] LogError),
    /// The views cannot be used.
    #[error("the views cannot be used")]
    Store(#[from] StoreFault),
    /// The state cannot be read.
    #[error("the state cannot be read")]
    State(#[from] StateFault),
    /// A batch of the log cannot be executed.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
    /// The contracts cannot be compiled.
    #[error("the on-chain contract cannot be compiled")]
    Contracts(#[from] medshare_contract_host::CodeRejection),
    /// The genesis names another contract than this software carries.
    #[error(
        "the genesis names the permissions contract {expected}, this software carries {actual}; use the version that the network was founded with"
    )]
    OtherContract {
        /// Hash in the genesis.
        expected: Hash32,
        /// Hash of the contract that this software carries.
        actual: Hash32,
    },
    /// The log was written under another version of the rules.
    #[error(
        "{} holds batches of protocol version {found}, and this program speaks version {PROTOCOL_VERSION}: run the program that wrote them, or found the network anew with `medshare network create`; there is no migration",
        log.display()
    )]
    OtherProtocol {
        /// Folder of the log.
        log: PathBuf,
        /// Version of the batches in it.
        found: u32,
    },
    /// The genesis is not the one that the log began with.
    #[error(
        "{} holds the batches of the network {logged}, and the genesis.toml of this home states the network {stated}: it was changed, or is another network's; put back the one that every other node of the log's network has",
        log.display()
    )]
    OtherNetwork {
        /// Folder of the log.
        log: PathBuf,
        /// Network of the batches in it.
        logged: NetworkId,
        /// Network that the genesis states.
        stated: NetworkId,
        /// The genesis that the log began with, where it stands beside it.
        founded: Option<Box<GenesisFacts>>,
    },
}
