//! What every command is given: the network's genesis, the nodes, the form of the answer.

use crate::told::Told;
use clap::Args;
use medshare_agent::client::{NodeClient, NodeUrl};
use medshare_cli_terminal::{Exit, Failure};
use medshare_genesis::file;
use medshare_ledger::facts::NetworkFacts;
use std::path::PathBuf;

const HEADING: &str = "Options of every command";

/// Variables of the environment that stand for options of every command, each with its option.
pub const VARIABLES: [(&str, &str); 3] =
    [("MEDSHARE_GENESIS", "--genesis"), ("MEDSHARE_NODE", "--node"), ("MEDSHARE_CA", "--ca")];

/// Options of every command.
#[derive(Debug, Args)]
pub struct GlobalArgs {
    /// Genesis file of the network: what is verified is verified against it.
    #[arg(help_heading = HEADING, hide_env_values = true, long, global = true, value_name = "FILE", env = "MEDSHARE_GENESIS")]
    genesis: Option<PathBuf>,
    /// Address of a node, such as http://127.0.0.1:27002; several are tried in turn.
    #[arg(help_heading = HEADING, hide_env_values = true, long = "node",
        global = true,
        value_name = "URL",
        env = "MEDSHARE_NODE",
        value_delimiter = ','
    )]
    nodes: Vec<NodeUrl>,
    /// Certificate (PEM) that the nodes' HTTPS certificates must come from, instead of the public authorities.
    #[arg(help_heading = HEADING, hide_env_values = true, long, global = true, value_name = "FILE", env = "MEDSHARE_CA")]
    ca: Option<PathBuf>,
    /// Print one JSON document; errors as {"error":{"code","message","hint"}} on standard error.
    #[arg(help_heading = HEADING, long, global = true)]
    json: bool,
}

/// What every command is given.
#[derive(Debug)]
pub struct Context {
    args: GlobalArgs,
}

impl Context {
    /// The context of these options.
    pub const fn new(args: GlobalArgs) -> Self {
        Self { args }
    }

    /// Whether the answer is for machines.
    pub const fn json(&self) -> bool {
        self.args.json
    }

    /// The network, from its genesis file.
    ///
    /// # Errors
    /// When no genesis is named, or it is not valid.
    pub fn facts(&self) -> Result<NetworkFacts, Failure> {
        let path = self.args.genesis.as_ref().ok_or_else(|| {
            Failure::argument("no genesis is named").hint(
                "name the network's genesis file with --genesis FILE or MEDSHARE_GENESIS; `medshare network create` makes one",
            )
        })?;
        NetworkFacts::new(file::load(path).map_err(Told::told)?).map_err(Told::told)
    }

    /// The nodes; where a genesis is named, those of its network.
    ///
    /// # Errors
    /// When none is named.
    pub fn node(&self) -> Result<NodeClient, Failure> {
        let nodes = self.args.nodes.clone();
        let client = match &self.args.ca {
            None => NodeClient::new(nodes).map_err(Told::told)?,
            Some(path) => {
                let pem = std::fs::read(path).map_err(|e| {
                    let message = format!("cannot read the certificate {}: {e}", path.display());
                    Failure::new(Exit::Failure, "file", message)
                })?;
                NodeClient::with_authority(nodes, &pem).map_err(Told::told)?
            }
        };
        // a command that needs the genesis says itself what is wrong with it
        let genesis = self.args.genesis.as_ref().and_then(|path| file::load(path).ok());
        Ok(match genesis {
            Some(genesis) => client.of_network(genesis.network_id()),
            None => client,
        })
    }

    /// The nodes, where any are named.
    ///
    /// # Errors
    /// As [`Context::node`], but for their absence.
    pub fn node_if_named(&self) -> Result<Option<NodeClient>, Failure> {
        if self.args.nodes.is_empty() { Ok(None) } else { self.node().map(Some) }
    }
}
