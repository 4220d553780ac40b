//! The processes that a command has started, which end again when it does not come to its end.

use crate::process::{log_file, running, spawn, terminate, wait_for_end};
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Names and homes of nodes, shared with whoever ends them.
#[derive(Clone, Default)]
pub struct Started(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    nodes: Vec<(String, PathBuf)>,
    ended: bool,
}

/// A node's process as its starter sees it.
pub struct StartedNode {
    /// Name of the node.
    pub name: String,
    /// Its home.
    pub home: PathBuf,
    /// Its process.
    pub child: Child,
    /// How long its log was before.
    pub log_before: u64,
}

impl Started {
    /// Starts the node of a home.
    ///
    /// # Errors
    /// When it cannot be started, or all were ended meanwhile.
    pub fn spawn(&self, name: &str, home: &Path) -> Result<StartedNode> {
        let mut state = self.state();
        if state.ended {
            bail!("the node {name} is not started any more");
        }
        let log_before = std::fs::metadata(log_file(home)).map_or(0, |log| log.len());
        let child = spawn(home).with_context(|| format!("cannot start the node {name}"))?;
        state.nodes.push((name.to_owned(), home.to_owned()));
        Ok(StartedNode { name: name.to_owned(), home: home.to_owned(), child, log_before })
    }

    /// Ends all of them for good; says so in a clause. Those that had ended by themselves are not named.
    pub fn end(&self) -> String {
        let mut state = self.state();
        state.ended = true;
        let (mut ended, mut remaining) = (Vec::new(), Vec::new());
        let asked: Vec<_> =
            state.nodes.drain(..).filter_map(|(name, home)| Some((name, running(&home)?, home))).collect();
        for (_, pid, _) in &asked {
            // one that ended in this moment needs no asking
            drop(terminate(*pid));
        }
        for (name, pid, home) in asked {
            if wait_for_end(pid, &home).is_ok() { ended.push(name) } else { remaining.push(name) }
        }
        match (ended.as_slice(), remaining.as_slice()) {
            ([], []) => "no node goes on that this command had started".to_owned(),
            (ended, []) => format!("stopped again: {}", ended.join(", ")),
            (_, remaining) => format!("{} cannot be stopped", remaining.join(", ")),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
