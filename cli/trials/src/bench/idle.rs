//! What a height without entries costs a node's disk, on a network that has registered people and is left alone then.

use super::row::Row;
use super::stage::Stage;
use anyhow::{Context as _, Result, ensure};
use medshare_cli_network::running;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// Requestors who are registered before.
const REQUESTORS: usize = 20;
/// Heights that are waited for.
const HEIGHTS: u64 = 480;
const LIMIT: Duration = Duration::from_secs(600);

/// Measures, as a mean over the nodes.
///
/// # Errors
/// When heights do not advance.
pub fn measure() -> Result<Vec<Row>> {
    let stage = Stage::new(20, 27_300)?;
    stage.requestors(REQUESTORS)?;
    let (began, first, before) = (Instant::now(), height(&stage)?, disk(&stage)?);
    while height(&stage)? < first + HEIGHTS {
        ensure!(began.elapsed() < LIMIT, "the network does not advance by {HEIGHTS} heights in time");
        std::thread::sleep(Duration::from_millis(100));
    }
    let (last, after) = (height(&stage)?, disk(&stage)?);
    let per_height = |after: u64, before: u64| {
        let bytes = after.saturating_sub(before) as f64;
        bytes / (last - first) as f64 / stage.founded.nodes.len() as f64
    };
    let row = |metric: &str, value: f64| Row::new("idle", value, "B").with("per", "height").with("metric", metric);
    Ok(vec![
        row("log", per_height(after.log, before.log)),
        row("views", per_height(after.views, before.views)),
        row("written", per_height(after.written, before.written)),
    ])
}

/// Bytes of all nodes together.
struct Disk {
    log: u64,
    views: u64,
    /// What the processes gave the disk to write, files of other folders and whole blocks included.
    written: u64,
}

fn disk(stage: &Stage) -> Result<Disk> {
    let mut disk = Disk { log: 0, views: 0, written: 0 };
    for name in &stage.founded.nodes {
        let home = stage.layout.home(name);
        disk.log += size(&home.join("log"))?;
        disk.views += size(&home.join("views"))?;
        let pid = running(&home).context("a node does not run")?;
        let told = fs::read_to_string(format!("/proc/{}/io", pid.as_raw_nonzero()))?;
        let written = told.lines().find_map(|line| line.strip_prefix("write_bytes: "));
        disk.written += written.context("the system does not tell what a process writes")?.parse::<u64>()?;
    }
    Ok(disk)
}

fn size(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { size(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}

fn height(stage: &Stage) -> Result<u64> {
    Ok(stage.client(0)?.status()?.height)
}
