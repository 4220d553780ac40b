//! The processes of a network's nodes: started with their output in a file, found again by a file with their id.

use super::status::{NodeState, states};
use anyhow::{Context as _, Result, bail};
use medshare_genesis::generate::Layout;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::File;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const START_LIMIT: Duration = Duration::from_secs(60);
const STOP_LIMIT: Duration = Duration::from_secs(15);
/// Left alone, glibc's allocator makes an arena for each of a node's threads and grows them a page at a time: docs/adr/0009.
const ARENAS: (&str, &str) = ("MALLOC_ARENA_MAX", "2");

/// Names of the nodes that have a home in this network.
///
/// # Errors
/// When the folder is no network.
pub fn node_names(folder: &Path) -> Result<Vec<String>> {
    let nodes = Layout::new(folder).nodes();
    let entries = std::fs::read_dir(&nodes)
        .with_context(|| format!("{} is not a network; `medshare network create` founds one", folder.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|e| e.path().join("config.toml").is_file())
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    if names.is_empty() {
        bail!("{} holds no nodes", nodes.display());
    }
    Ok(names)
}

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

/// Starts one node's process.
///
/// # Errors
/// When it cannot be started.
pub fn spawn(home: &Path) -> Result<Child> {
    let log =
        File::options().create(true).append(true).open(home.join("node.log")).context("cannot write the node's log")?;
    let program = std::env::current_exe().context("cannot find this program")?;
    let child = Command::new(program)
        .args(["node", "start", "--home"])
        .arg(home)
        .env(ARENAS.0, ARENAS.1)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0)
        .spawn()
        .context("cannot start the node's process")?;
    std::fs::write(pid_file(home), child.id().to_string()).context("cannot write the node's process id")?;
    Ok(child)
}

/// Stops every node that runs; returns their names.
///
/// # Errors
/// When a node does not end.
pub fn stop(folder: &Path) -> Result<Vec<String>> {
    let layout = Layout::new(std::path::absolute(folder)?);
    let mut ending = Vec::new();
    for name in node_names(folder)? {
        if let Some(pid) = running(&layout.home(&name)) {
            kill_process(pid, Signal::TERM).with_context(|| format!("cannot stop the node {name}"))?;
            ending.push((name, pid));
        }
    }
    for (name, pid) in &ending {
        wait_for_end(*pid, &layout.home(name)).with_context(|| format!("the node {name} does not stop"))?;
    }
    Ok(ending.into_iter().map(|(name, _)| name).collect())
}

/// Ends one node's process as a loss of power would.
///
/// # Errors
/// When it does not run.
pub fn kill(home: &Path) -> Result<()> {
    let pid = running(home).context("the node does not run")?;
    kill_process(pid, Signal::KILL).context("cannot kill the node")?;
    wait_for_end(pid, home)
}

/// The process of a home, if it still is that home's node.
#[must_use]
pub fn running(home: &Path) -> Option<Pid> {
    let pid: i32 = std::fs::read_to_string(pid_file(home)).ok()?.trim().parse().ok()?;
    let command = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let words: Vec<&[u8]> = command.split(|b| *b == 0).collect();
    let is_node = words.contains(&b"node".as_slice()) && words.contains(&home.as_os_str().as_encoded_bytes());
    (is_node && !has_ended(pid)).then(|| Pid::from_raw(pid)).flatten()
}

/// A process is gone when its last thread is: until then its ports and files are taken.
fn has_ended(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count);
    stat.is_empty() || (stat.contains(") Z ") && threads <= 1)
}

/// Prints which nodes were stopped.
///
/// # Errors
/// When nobody reads the output.
pub fn print_stopped(stopped: &[String], json: bool) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::json!({ "stopped": stopped }))?;
    } else if stopped.is_empty() {
        writeln!(out, "no node was running")?;
    } else {
        writeln!(out, "stopped {}", stopped.join(", "))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn wait_for_end(pid: Pid, home: &Path) -> Result<()> {
    let began = Instant::now();
    while !has_ended(pid.as_raw_nonzero().get()) {
        if began.elapsed() > STOP_LIMIT {
            bail!("it still runs after {} s; its log is {}", STOP_LIMIT.as_secs(), home.join("node.log").display());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

fn pid_file(home: &Path) -> PathBuf {
    home.join("node.pid")
}

fn last_words(home: &Path) -> String {
    let log = std::fs::read_to_string(home.join("node.log")).unwrap_or_default();
    log.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or("it said nothing").to_owned()
}
