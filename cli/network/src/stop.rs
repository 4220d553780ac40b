//! Stopping all nodes of a network.

use crate::homes::{Home, homes};
use crate::process::{running, terminate, wait_for_end};
use anyhow::{Context as _, Result};
use medshare_cli_terminal::Answer;
use std::path::Path;
use std::process::ExitCode;

/// Stops every node that runs; returns their names.
///
/// # Errors
/// When a node does not end.
pub fn stop(folder: &Path) -> Result<Vec<String>> {
    let mut ending = Vec::new();
    for Home { name, folder, .. } in homes(folder)? {
        if let Some(pid) = running(&folder) {
            terminate(pid).with_context(|| format!("cannot stop the node {name}"))?;
            ending.push((name, folder, pid));
        }
    }
    for (name, folder, pid) in &ending {
        wait_for_end(*pid, folder).with_context(|| format!("the node {name} does not stop"))?;
    }
    Ok(ending.into_iter().map(|(name, ..)| name).collect())
}

/// Prints which nodes were stopped.
///
/// # Errors
/// When they cannot be written.
pub fn print(stopped: &[String], json: bool) -> Result<ExitCode> {
    let text =
        if stopped.is_empty() { "no node was running".to_owned() } else { format!("stopped {}", stopped.join(", ")) };
    Answer::new(&serde_json::json!({ "stopped": stopped }), text)?.print(json)?;
    Ok(ExitCode::SUCCESS)
}
