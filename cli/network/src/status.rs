//! How the nodes of a network are.

use crate::homes::node_names;
use crate::probe::ask;
use crate::process::running;
use anyhow::Result;
use medshare_cli_terminal::paragraph::paragraph;
use medshare_cli_terminal::{Answer, Cell, Table, TableArgs};
use medshare_exchange::api::{NodeStatus, Trouble};
use medshare_genesis::config::NodeConfig;
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
    let state = match (&node.status, node.running) {
        (Some(_), _) => "running",
        (None, true) => "starting",
        (None, false) => "stopped",
    };
    vec![
        node.name.clone().into(),
        state.into(),
        number(|status| status.height.to_string()),
        number(|status| status.lag.to_string()),
        number(|status| status.peers.iter().filter(|peer| peer.connected).count().to_string()),
        number(|status| status.waiting_entries.to_string()),
        Cell::Whole(node.url.clone()),
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
        };
        let text = text(&NetworkState { quorum: 3, nodes: (0..9).map(node).collect() });
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("https://127.0.0.1:27008") && text.contains("NAME-8"), "{text}");
    }
}
