//! How the nodes of a network are.

use crate::homes::{Home, homes};
use crate::probe::ask;
use crate::process::running;
use anyhow::Result;
use medshare_cli_terminal::paragraph::paragraph;
use medshare_cli_terminal::{Answer, Cell, Table, TableArgs};
use medshare_exchange::api::{NodeStatus, Trouble};
use medshare_genesis::generate::Layout;
use medshare_ledger::facts::NetworkFacts;
use std::path::Path;
use std::process::ExitCode;

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
    /// URL of its HTTP interface; empty where its configuration cannot be read.
    pub url: String,
    /// Whether its process runs.
    pub running: bool,
    /// What it says of itself, if it answers.
    pub status: Option<NodeStatus>,
    /// Why it could not start, in words, where its home tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
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
    let homes = homes(folder)?;
    let facts = NetworkFacts::new(medshare_genesis::file::load(&layout.genesis())?)?;
    let network = facts.network().to_string();
    let nodes = homes.into_iter().map(|home| state(home, &network)).collect();
    Ok(NetworkState { quorum: facts.validators().quorum(), nodes })
}

fn state(Home { name, folder, config }: Home, network: &str) -> NodeState {
    let running = running(&folder).is_some();
    let config = match config {
        Ok(config) => config,
        Err(problem) => return NodeState { name, url: String::new(), running, status: None, problem: Some(problem) },
    };
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}", config.http_listen);
    // Another network's node may have the port.
    let status = if running { ask(&config).filter(|status| status.network == network) } else { None };
    NodeState { name, url, running, status, problem: None }
}

/// Prints the states; the exit code says whether all nodes run and answer.
///
/// # Errors
/// When they cannot be written.
pub fn print(network: &NetworkState, json: bool) -> Result<ExitCode> {
    Answer::new(network, text(network))?.print(json)?;
    Ok(if network.silent().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn text(network: &NetworkState) -> String {
    let mut table = Table::new(&["node", "state", "height", "lag", "peers", "waiting", "url"]);
    network.nodes.iter().for_each(|node| table.row(row(node)));
    let mut text = table.text(TableArgs { wide: false }, "");
    for (node, wrong) in network.nodes.iter().filter_map(|node| Some((node, node.status.as_ref()?.clock?))) {
        text = format!("{text}\n{}", paragraph(&format!("{}: {wrong}", node.name), ""));
    }
    for (node, trouble) in network.troubles() {
        text = format!("{text}\n{}", paragraph(&format!("{node}: {}", trouble.message), ""));
    }
    for (node, problem) in network.nodes.iter().filter_map(|node| Some((node, node.problem.as_ref()?))) {
        let runs = if node.running { "; its process still runs, and cannot be asked" } else { "" };
        text = format!("{text}\n{}", paragraph(&format!("{}: {problem}{runs}", node.name), ""));
    }
    let answering = network.nodes.len() - network.silent().len();
    if answering < network.quorum {
        let (silent, quorum) = (network.silent().join(", "), network.quorum);
        let missing = format!("no quorum: {quorum} nodes decide together, {answering} answer; silent: {silent}");
        text = format!("{text}\n{}", paragraph(&missing, ""));
    }
    text
}

fn row(node: &NodeState) -> Vec<Cell> {
    let number = |of: fn(&NodeStatus) -> String| node.status.as_ref().map_or_else(|| "-".to_owned(), of).into();
    let state = match node {
        NodeState { problem: Some(_), .. } => "broken",
        NodeState { status: Some(_), .. } => "running",
        NodeState { running: true, .. } => "starting",
        NodeState { .. } => "stopped",
    };
    let url = if node.url.is_empty() { "-" } else { &node.url };
    vec![
        node.name.clone().into(),
        state.into(),
        number(|status| status.height.to_string()),
        number(|status| status.lag.to_string()),
        number(|status| status.peers.iter().filter(|peer| peer.connected).count().to_string()),
        number(|status| status.waiting_entries.to_string()),
        Cell::Whole(url.to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_of_a_network_with_long_names_fits_eighty_columns() {
        let node = |number: u16| NodeState {
            name: format!("ORGANISATION-WITH-A-LONG-NAME-{number}"),
            url: format!("https://127.0.0.1:2700{number}"),
            running: true,
            status: None,
            problem: None,
        };
        let text = text(&NetworkState { quorum: 3, nodes: (0..9).map(node).collect() });
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("https://127.0.0.1:27008") && text.contains("NAME-8"), "{text}");
    }

    #[test]
    fn a_node_whose_configuration_is_broken_is_told_beside_the_others() {
        let node = |name: &str, problem: Option<&str>| NodeState {
            name: name.to_owned(),
            url: problem.map_or_else(|| "http://127.0.0.1:27002".to_owned(), |_| String::new()),
            running: false,
            status: None,
            problem: problem.map(ToOwned::to_owned),
        };
        let nodes = vec![node("NORTH", None), node("SOUTH", Some("/n/SOUTH/config.toml is not valid: line 1"))];
        let text = text(&NetworkState { quorum: 3, nodes });
        assert!(text.contains("stopped") && text.contains("http://127.0.0.1:27002"), "{text}");
        assert!(text.contains("broken") && text.contains("SOUTH: /n/SOUTH/config.toml is not valid: line 1"), "{text}");
    }
}
