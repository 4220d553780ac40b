//! Nodes that die, and one whose disk is lost.

use super::cast::Cast;
use super::record::ensure;
use anyhow::{Context as _, Result};
use medshare_cli_network::{ask, kill, running, spawn};
use medshare_exchange::api::NodeStatus;
use medshare_genesis::config::NodeConfig;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(30);

impl Cast {
    /// Ends a node as a loss of power would.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&self, node: &str) -> Result<()> {
        kill(&self.layout.home(node))
    }

    /// Starts a node again and waits until it has caught up with the others.
    ///
    /// # Errors
    /// When it does not.
    pub fn restart(&self, node: &str) -> Result<u64> {
        let home = self.layout.home(node);
        if running(&home).is_none() {
            spawn(&home)?;
        }
        let target = self.heights(node)?.into_iter().max().context("no other node answers")?;
        self.wait(node, |status| status.height >= target)?;
        Ok(target)
    }

    /// Removes a stopped node's log and views.
    ///
    /// # Errors
    /// When they cannot be removed.
    pub fn wipe(&self, node: &str) -> Result<()> {
        for folder in ["log", "views"] {
            std::fs::remove_dir_all(self.layout.home(node).join(folder))
                .with_context(|| format!("cannot remove the {folder} of {node}"))?;
        }
        Ok(())
    }

    /// Waits until heights advance by `count` at the other nodes.
    ///
    /// # Errors
    /// When they do not.
    pub fn advance(&self, without: &str, count: u64) -> Result<(u64, u64)> {
        let before = self.heights(without)?.into_iter().max().context("no node answers")?;
        let began = Instant::now();
        loop {
            let now = self.heights(without)?.into_iter().min().unwrap_or(before);
            if now >= before + count {
                return Ok((before, now));
            }
            ensure(began.elapsed() < LIMIT, "the network does not advance")?;
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until two nodes report the same height; returns it with their state roots.
    ///
    /// # Errors
    /// When they never do.
    pub fn same_height(&self, one: &str, other: &str) -> Result<(u64, String, String)> {
        let began = Instant::now();
        loop {
            if let (Some(a), Some(b)) = (self.status(one), self.status(other))
                && a.height == b.height
            {
                return Ok((a.height, a.state_root, b.state_root));
            }
            ensure(began.elapsed() < LIMIT, "the two nodes never report the same height")?;
        }
    }

    /// Largest resident set of each node so far, in MB.
    ///
    /// # Errors
    /// When a node does not run.
    pub fn peak_memory(&self) -> Result<serde_json::Value> {
        let mut peaks = serde_json::Map::new();
        for name in &self.founded.nodes {
            let pid = running(&self.layout.home(name)).context("a node does not run")?;
            let status = std::fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero()))?;
            let line = status.lines().find(|line| line.starts_with("VmHWM:")).context("no peak of the resident set")?;
            let kib: u64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
            peaks.insert(name.clone(), (kib / 1024).into());
        }
        Ok(peaks.into())
    }

    fn wait(&self, node: &str, done: impl Fn(&NodeStatus) -> bool) -> Result<()> {
        let began = Instant::now();
        while !self.status(node).is_some_and(|status| done(&status)) {
            ensure(began.elapsed() < LIMIT, "the node does not catch up")?;
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn status(&self, node: &str) -> Option<NodeStatus> {
        ask(&NodeConfig::load(&self.layout.home(node).join("config.toml")).ok()?)
    }

    fn heights(&self, without: &str) -> Result<Vec<u64>> {
        let others = self.founded.nodes.iter().filter(|name| *name != without);
        others
            .map(|name| self.status(name).map(|s| s.height).with_context(|| format!("the node {name} does not answer")))
            .collect()
    }
}
