//! Starting all nodes of a network.

use crate::homes::{Home, all_can_start, homes};
use crate::ports::of_nodes_must_be_free;
use crate::process::{last_words, running};
use crate::started::{Started, StartedNode};
use crate::status::{NetworkState, states};
use anyhow::{Result, bail};
use medshare_cli_terminal::{Exit, Failure, io_words, shell};
use medshare_genesis::file;
use medshare_genesis::generate::Layout;
use medshare_ledger::facts::NetworkFacts;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const START_LIMIT: Duration = Duration::from_secs(60);

/// Starts every node that does not run, and waits until all answer and heights advance; `say` hears what it waits for. Where one of
/// them ends at once, so do the others that `started` holds; nodes that only take long go on.
///
/// # Errors
/// When a home's node could not start, before any is started. When a node ends again; its last words are quoted. When the network does
/// not advance in time.
pub fn start(folder: &Path, started: &Started, say: &dyn Fn(String)) -> Result<()> {
    let homes = homes(folder)?;
    all_can_start(&homes)?;
    are_of_one_network(folder, &homes)?;
    let stopped = homes.iter().filter(|home| running(&home.folder).is_none());
    of_nodes_must_be_free(stopped.filter_map(|home| home.config.as_ref().ok()))?;
    let mut nodes = Vec::new();
    if let Err(error) = spawn_all(&homes, started, &mut nodes) {
        let ended = started.end();
        return Err(error.context(format!("the network does not start ({ended})")));
    }
    let began = Instant::now();
    let mut first_height = None;
    loop {
        if let Some(node) = nodes.iter_mut().find_map(|node| has_ended(node).then_some(node)) {
            let words = last_words(&node.home, node.log_before);
            bail!("the node {} ended at once: {words} ({})", node.name, started.end());
        }
        let network = states(folder)?;
        if let Some(heights) = heights(&network) {
            let highest = heights.iter().copied().max().unwrap_or_default();
            let first = *first_height.get_or_insert(highest);
            if heights.iter().all(|height| *height > first) {
                return Ok(());
            }
        }
        let waiting = what_is_missing(&network);
        if began.elapsed() > START_LIMIT {
            let (typed, folder) = (shell::path(folder), folder.display());
            bail!(
                "the network does not advance after {} s: {waiting}; its nodes go on: `medshare network status {typed}` tells how they are, `medshare network stop {typed}` ends them, and their logs are {folder}/nodes/*/node.log",
                START_LIMIT.as_secs()
            );
        }
        say(waiting);
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Whether the genesis of the network's folder is that of its homes.
fn are_of_one_network(folder: &Path, homes: &[Home]) -> Result<()> {
    let path = Layout::new(std::path::absolute(folder)?).genesis();
    let copies = || homes.iter().map(|home| home.folder.join("genesis.toml"));
    let own = std::fs::read(&path).map_err(|error| {
        let failure =
            Failure::new(Exit::Failure, "no-genesis", format!("cannot read {}: {}", path.display(), io_words(&error)));
        let copy = copies().next().unwrap_or_default();
        failure.hint(format!("every home has a copy: cp {} {}", shell::path(&copy), shell::path(&path)))
    })?;
    let network = |path: &Path| NetworkFacts::new(file::load(path).ok()?).ok().map(|facts| facts.network());
    let differs = |copy: &PathBuf| std::fs::read(copy).is_ok_and(|of_home| of_home != own);
    // Spaces and comments make no other network.
    let other =
        copies().filter(differs).find(|copy| network(copy).is_none_or(|of_home| network(&path) != Some(of_home)));
    let Some(other) = other else { return Ok(()) };
    let message = format!("{} is another genesis than {}; nothing was started", path.display(), other.display());
    let failure = Failure::new(Exit::Failure, "other-genesis", message);
    bail!(failure.hint("the homes' copies are those that the nodes run by: put the right one in the network's folder, or the home where it belongs"))
}

fn spawn_all(homes: &[Home], started: &Started, nodes: &mut Vec<StartedNode>) -> Result<()> {
    for Home { name, folder, .. } in homes {
        if running(folder).is_none() {
            nodes.push(started.spawn(name, folder)?);
        }
    }
    Ok(())
}

/// Also a process of which nothing can be learned has ended.
fn has_ended(node: &mut StartedNode) -> bool {
    !matches!(node.child.try_wait(), Ok(None))
}

/// Heights of all nodes, if all answer.
fn heights(network: &NetworkState) -> Option<Vec<u64>> {
    network.nodes.iter().map(|node| node.status.as_ref().map(|status| status.height)).collect()
}

/// What keeps the network from being up, for people.
fn what_is_missing(network: &NetworkState) -> String {
    let silent = network.silent();
    match silent.as_slice() {
        [] => "all nodes answer, and no batch is decided yet".to_owned(),
        [one] => format!("{one} does not answer"),
        several => format!("{} do not answer", several.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;
    use crate::status::NodeState;

    #[test]
    fn a_genesis_that_is_missing_or_not_that_of_the_homes_is_told_before_anything_starts() {
        let network = tempfile::tempdir().unwrap();
        let home = network.path().join("nodes/NORTH");
        std::fs::create_dir_all(&home).unwrap();
        std::fs::write(home.join("genesis.toml"), "one").unwrap();
        let homes = [Home { name: "NORTH".to_owned(), folder: home, config: Err(String::new()) }];
        let told = || are_of_one_network(network.path(), &homes).map_err(|error| error.to_string());
        assert!(told().unwrap_err().contains("genesis.toml: "));
        std::fs::write(network.path().join("genesis.toml"), "another").unwrap();
        assert!(told().unwrap_err().contains("nothing was started"));
        std::fs::write(network.path().join("genesis.toml"), "one").unwrap();
        assert_eq!(told(), Ok(()));
    }

    #[test]
    fn those_who_are_waited_for_are_named() {
        let node = |name: &str| NodeState {
            name: name.to_owned(),
            url: String::new(),
            running: true,
            status: None,
            problem: None,
        };
        let missing = |names: &[&str]| {
            what_is_missing(&NetworkState { quorum: 3, nodes: names.iter().map(|name| node(name)).collect() })
        };
        assert_eq!(missing(&["NORTH", "SOUTH"]), "NORTH, SOUTH do not answer");
        assert_eq!(missing(&["NORTH"]), "NORTH does not answer");
        assert_eq!(missing(&[]), "all nodes answer, and no batch is decided yet");
    }
}
