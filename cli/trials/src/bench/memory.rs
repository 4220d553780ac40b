//! Largest resident set of a node after the demo's work, as the demo itself reads it before it stops the network.

use super::row::Row;
use anyhow::{Context as _, Result, ensure};
use medshare_cli_terminal::this_program;
use serde_json::Value;
use std::process::Command;

/// Runs the demo and takes the peaks that it tells.
///
/// # Errors
/// When the demo fails.
pub fn measure() -> Result<Vec<Row>> {
    let program = this_program()?;
    let told = Command::new(program)
        .args(["demo", "--base-port", "27300", "--json"])
        .output()
        .context("cannot run the demo")?;
    ensure!(told.status.success(), "the demo failed");
    let document: Value = serde_json::from_slice(&told.stdout)?;
    let steps = document.pointer("/steps").and_then(Value::as_array).context("the demo told no steps")?;
    let peaks = steps
        .iter()
        .find_map(|step| step.pointer("/detail/peak_memory_in_MB")?.as_object())
        .context("the demo told no peaks")?;
    Ok(peaks
        .iter()
        .filter_map(|(node, peak)| Some((node, peak.as_f64()?)))
        .map(|(node, peak)| {
            Row::new("memory", peak, "MB").with("metric", "peak_resident_set").with("node", node.as_str())
        })
        .collect())
}
