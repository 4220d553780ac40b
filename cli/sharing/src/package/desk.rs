//! A requestor at work: her package, her key, the network.

use crate::Context;
use crate::file_kind::told_apart;
use crate::key_file::KeyFileArgs;
use crate::told::Told;
use clap::Args;
use medshare_agent::client::NodeClient;
use medshare_agent::session::{Agent, Session};
use medshare_cli_terminal::Failure;
use medshare_cli_terminal::file_kind::PACKAGE;
use medshare_genesis::keys::RequestorKeys;
use medshare_ledger::facts::NetworkFacts;
use std::path::PathBuf;

/// A package, whose key opens it, where its session is kept.
#[derive(Debug, Args)]
pub struct SessionArgs {
    /// Package file.
    pub package: PathBuf,
    #[command(flatten)]
    key: KeyFileArgs,
    /// Folder for sessions, instead of beside each package.
    #[arg(long, value_name = "DIR")]
    pub vault: Option<PathBuf>,
}

/// What an agent needs, loaded.
pub struct Desk {
    facts: NetworkFacts,
    node: NodeClient,
    keys: RequestorKeys,
}

impl Desk {
    /// What the arguments name.
    ///
    /// # Errors
    /// When genesis, nodes or key are not to be had.
    pub fn of(args: &SessionArgs, context: &Context) -> Result<Self, Failure> {
        Ok(Self { facts: context.facts()?, node: context.node()?, keys: args.key.requestor(context)? })
    }

    /// The network.
    pub const fn facts(&self) -> &NetworkFacts {
        &self.facts
    }

    /// Its nodes.
    pub const fn node(&self) -> &NodeClient {
        &self.node
    }

    /// The agent at this desk.
    pub const fn agent(&self) -> Agent<'_> {
        Agent { facts: &self.facts, keys: &self.keys, node: &self.node }
    }

    /// The session of a package that was opened.
    ///
    /// # Errors
    /// When it was not.
    pub fn resume(&self, args: &SessionArgs) -> Result<Session<'_>, Failure> {
        let session = self.agent().resume(&args.package, args.vault.as_deref());
        session.map_err(|error| told_apart(error.told(), &args.package, PACKAGE))
    }
}
