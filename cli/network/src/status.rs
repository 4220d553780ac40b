//! How the nodes of a network are.

use crate::homes::node_names;
use crate::process::running;
use anyhow::Result;
use medshare_exchange::api::NodeStatus;
use medshare_genesis::config::NodeConfig;
use medshare_genesis::generate::Layout;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

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

/// States of all nodes.
///
/// # Errors
/// When the folder is no network.
pub fn states(folder: &Path) -> Result<Vec<NodeState>> {
    let layout = Layout::new(std::path::absolute(folder)?);
    let names = node_names(folder)?;
    let network = medshare_genesis::file::load(&layout.genesis())?.network_id().to_string();
    // Another network's node may have the port.
    let ask_own = |url: &str| ask(url).filter(|status| status.network == network);
    names
        .into_iter()
        .map(|name| {
            let home = layout.home(&name);
            let config = NodeConfig::load(&home.join("config.toml"))?;
            let url = format!("http://{}", config.http_listen);
            let running = running(&home).is_some();
            Ok(NodeState { status: if running { ask_own(&url) } else { None }, name, url, running })
        })
        .collect()
}

/// Asks a node for its status.
#[must_use]
pub fn ask(url: &str) -> Option<NodeStatus> {
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(2))).build().into();
    let mut answer = agent.get(format!("{url}/v1/status")).call().ok()?;
    serde_json::from_str(&answer.body_mut().read_to_string().ok()?).ok()
}

/// Prints the states; the exit code says whether all nodes run and agree on how far they are.
///
/// # Errors
/// When nobody reads the output.
pub fn print(states: &[NodeState], json: bool) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::json!({ "nodes": states }))?;
    } else {
        writeln!(
            out,
            "{:<14} {:<9} {:>8} {:>5} {:>6} {:>8}  url",
            "node", "state", "height", "lag", "peers", "waiting"
        )?;
        for state in states {
            match &state.status {
                Some(status) => {
                    let connected = status.peers.iter().filter(|p| p.connected).count();
                    writeln!(
                        out,
                        "{:<14} {:<9} {:>8} {:>5} {:>6} {:>8}  {}",
                        state.name, "running", status.height, status.lag, connected, status.waiting_entries, state.url
                    )?;
                }
                None => {
                    let word = if state.running { "starting" } else { "stopped" };
                    writeln!(
                        out,
                        "{:<14} {word:<9} {:>8} {:>5} {:>6} {:>8}  {}",
                        state.name, "-", "-", "-", "-", state.url
                    )?;
                }
            }
        }
    }
    let all = states.iter().all(|state| state.status.is_some());
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
