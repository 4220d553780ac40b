//! How the nodes of a network are.

use crate::homes::node_names;
use crate::probe::ask;
use crate::process::running;
use anyhow::Result;
use medshare_exchange::api::{NodeStatus, Trouble};
use medshare_genesis::config::NodeConfig;
use medshare_genesis::generate::Layout;
use medshare_ledger::facts::NetworkFacts;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

/// Columns for a node's name.
const NAME_WIDTH: usize = 14;

/// All nodes of a network on this machine.
#[derive(Debug, serde::Serialize)]
pub struct NetworkState {
    /// How many validators decide together.
    pub quorum: usize,
    /// The nodes.
    pub nodes: Vec<NodeState>,
}

/// One node.
#[derive(Debug, serde::Serialize)]
pub struct NodeState {
    /// Name.
    pub name: String,
    /// URL of its HTTP interface.
    pub url: String,
    /// Whether its process runs.
    pub running: bool,
    /// What it says of itself, if it answers.
    pub status: Option<NodeStatus>,
}

impl NetworkState {
    /// Names of the nodes that do not answer.
    #[must_use]
    pub fn silent(&self) -> Vec<&str> {
        self.nodes.iter().filter(|node| node.status.is_none()).map(|node| node.name.as_str()).collect()
    }

    /// What the nodes say that should be looked at, each with who says it.
    fn troubles(&self) -> impl Iterator<Item = (&str, &Trouble)> {
        let answering = self.nodes.iter().filter_map(|node| Some((node.name.as_str(), node.status.as_ref()?)));
        answering.flat_map(|(name, status)| status.troubles.iter().map(move |trouble| (name, trouble)))
    }
}

/// States of all nodes.
///
/// # Errors
/// When the folder is no network.
pub fn states(folder: &Path) -> Result<NetworkState> {
    let layout = Layout::new(std::path::absolute(folder)?);
    let names = node_names(folder)?;
    let facts = NetworkFacts::new(medshare_genesis::file::load(&layout.genesis())?)?;
    let network = facts.network().to_string();
    let state = |name: String| {
        let home = layout.home(&name);
        let config = NodeConfig::load(&home.join("config.toml"))?;
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", config.http_listen);
        let running = running(&home).is_some();
        // Another network's node may have the port.
        let status = if running { ask(&config).filter(|status| status.network == network) } else { None };
        Ok(NodeState { status, name, url, running })
    };
    let nodes = names.into_iter().map(state).collect::<Result<_>>()?;
    Ok(NetworkState { quorum: facts.validators().quorum(), nodes })
}

/// Prints the states; the exit code says whether all nodes run and answer.
///
/// # Errors
/// When nobody reads the output.
pub fn print(network: &NetworkState, json: bool) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string(network)?)?;
    } else {
        writeln!(out, "{}", line(["node", "state", "height", "lag", "peers", "waiting", "url"]))?;
        for node in &network.nodes {
            writeln!(out, "{}", row(node))?;
        }
        for (node, trouble) in network.troubles() {
            writeln!(out, "{node}: {}", trouble.message)?;
        }
        let answering = network.nodes.len() - network.silent().len();
        if answering < network.quorum {
            let (silent, quorum) = (network.silent().join(", "), network.quorum);
            writeln!(out, "no quorum: {quorum} nodes decide together, {answering} answer; silent: {silent}")?;
        }
    }
    Ok(if network.silent().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn row(node: &NodeState) -> String {
    let number = |of: fn(&NodeStatus) -> String| node.status.as_ref().map_or_else(|| "-".to_owned(), of);
    let state = match (&node.status, node.running) {
        (Some(_), _) => "running",
        (None, true) => "starting",
        (None, false) => "stopped",
    };
    let numbers = [
        number(|status| status.height.to_string()),
        number(|status| status.lag.to_string()),
        number(|status| status.peers.iter().filter(|peer| peer.connected).count().to_string()),
        number(|status| status.waiting_entries.to_string()),
    ];
    let [height, lag, peers, waiting] = numbers.each_ref().map(String::as_str);
    line([&cut(&node.name), state, height, lag, peers, waiting, &node.url])
}

/// 80 columns, with an address of loopback.
fn line([name, state, height, lag, peers, waiting, url]: [&str; 7]) -> String {
    format!("{name:<NAME_WIDTH$} {state:<9} {height:>8} {lag:>5} {peers:>6} {waiting:>8}  {url}")
}

/// A name as far as its column reaches; the addresses tell apart what begins alike.
fn cut(name: &str) -> String {
    if name.chars().count() <= NAME_WIDTH {
        return name.to_owned();
    }
    name.chars().take(NAME_WIDTH - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_fits_eighty_columns() {
        let node = NodeState {
            name: "ORGANISATION-WITH-A-LONG-NAME".to_owned(),
            url: "https://127.0.0.1:27002".to_owned(),
            running: true,
            status: None,
        };
        let row = row(&node);
        assert_eq!(row.chars().count(), 80, "{row}");
        assert!(row.starts_with("ORGANISATION-… starting "), "{row}");
    }
}
