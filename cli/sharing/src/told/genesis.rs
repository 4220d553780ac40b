//! Failures of genesis files.

use super::Told;
use crate::file_kind::{GENESIS, told_apart};
use medshare_cli_terminal::{Exit, Failure};
use medshare_genesis::config::ConfigError;
use medshare_ledger::facts::FactsError;
use medshare_node_causes::with_causes;

impl Told for ConfigError {
    fn told(self) -> Failure {
        let failure = Failure::new(Exit::Failure, "genesis", with_causes(&self))
            .hint("--genesis names the genesis file of the network; its founders hand it out");
        match &self {
            Self::Invalid { path, .. } | Self::Io { path, .. } => told_apart(failure, path, GENESIS),
            Self::OtherProtocol { .. } => failure,
        }
    }
}

impl Told for FactsError {
    fn told(self) -> Failure {
        Failure::new(Exit::Failure, "genesis", format!("the genesis breaks a rule: {self}"))
    }
}
