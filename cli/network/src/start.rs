//! Starting all nodes of a network.

use crate::homes::node_names;
use crate::process::{last_words, running, spawn};
use crate::status::{NodeState, states};
use anyhow::{Result, bail};
use medshare_genesis::generate::Layout;
use std::path::Path;
use std::time::{Duration, Instant};

const START_LIMIT: Duration = Duration::from_secs(60);

/// Starts every node that does not run, and waits until all answer and heights advance.
///
/// # Errors
/// When a node ends again; its last words are quoted.
pub fn start(folder: &Path) -> Result<()> {
    let layout = Layout::new(std::path::absolute(folder)?);
    let names = node_names(folder)?;
    let mut children = Vec::new();
    for name in &names {
        if running(&layout.home(name)).is_none() {
            children.push((name, spawn(&layout.home(name))?));
        }
    }
    let began = Instant::now();
    let mut first_height = None;
    loop {
        for (name, child) in &mut children {
            if child.try_wait()?.is_some() {
                bail!("the node {name} ended at once: {}", last_words(&layout.home(name)));
            }
        }
        if let Some(heights) = heights(&states(folder)?) {
            let highest = heights.iter().copied().max().unwrap_or_default();
            let first = *first_height.get_or_insert(highest);
            if heights.iter().all(|height| *height > first) {
                return Ok(());
            }
        }
        if began.elapsed() > START_LIMIT {
            bail!(
                "the network does not advance after {} s; the nodes' logs are {}/nodes/*/node.log",
                START_LIMIT.as_secs(),
                folder.display()
            );
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Heights of all nodes, if all answer.
fn heights(states: &[NodeState]) -> Option<Vec<u64>> {
    states.iter().map(|state| state.status.as_ref().map(|status| status.height)).collect()
}
