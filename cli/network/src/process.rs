//! The process of one node: started with its output in a file, found again by a file with its id.

use anyhow::{Context as _, Result, bail};
use medshare_cli_terminal::this_program;
use medshare_genesis::private;
use medshare_own_files::{Access, open};
use rustix::process::{Pid, Signal, kill_process};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const STOP_LIMIT: Duration = Duration::from_secs(15);
/// Left alone, glibc's allocator makes an arena for each of a node's threads and grows them a page at a time: docs/adr/0009.
const ARENAS: (&str, &str) = ("MALLOC_ARENA_MAX", "2");

/// How a node's process is started; its home follows.
const START: [&str; 3] = ["node", "start", "--home"];

/// The words before a home in the command line of a node's process.
pub fn started_with() -> [&'static [u8]; 3] {
    START.map(str::as_bytes)
}

/// Starts one node's process.
///
/// # Errors
/// When it cannot be started.
pub fn spawn(home: &Path) -> Result<Child> {
    let log = open(&log_file(home), Access::Append(private::FILE));
    let log = log.with_context(|| format!("cannot write the log {}", log_file(home).display()))?;
    let program = this_program()?;
    let mut child = Command::new(program)
        .args(START)
        .arg(home.canonicalize().context("cannot find the node's home")?)
        .env(ARENAS.0, ARENAS.1)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0)
        .spawn()
        .context("cannot start the node's process")?;
    note(home, &mut child)?;
    Ok(child)
}

/// Writes down which process a home has. One that nobody would find again is ended.
fn note(home: &Path, child: &mut Child) -> Result<()> {
    let written = private::write(&pid_file(home), child.id().to_string().as_bytes());
    if written.is_err() {
        child.kill().and_then(|()| child.wait()).context("cannot end the node's process")?;
    }
    written.context("cannot write the node's process id")
}

/// Asks a node's process to stop in order.
///
/// # Errors
/// When it may not be asked.
pub fn terminate(pid: Pid) -> Result<()> {
    Ok(kill_process(pid, Signal::TERM)?)
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
    // as it was started, however the caller came here
    let home = home.canonicalize().ok()?;
    let pid: i32 = std::fs::read_to_string(pid_file(&home)).ok()?.trim().parse().ok()?;
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

/// Waits until a node's process is gone.
///
/// # Errors
/// When it is not.
pub fn wait_for_end(pid: Pid, home: &Path) -> Result<()> {
    let began = Instant::now();
    while !has_ended(pid.as_raw_nonzero().get()) {
        if began.elapsed() > STOP_LIMIT {
            bail!("it still runs after {} s; its log is {}", STOP_LIMIT.as_secs(), log_file(home).display());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

fn pid_file(home: &Path) -> PathBuf {
    home.join("node.pid")
}

/// Where a node's process writes what it says.
pub fn log_file(home: &Path) -> PathBuf {
    home.join("node.log")
}

/// Why a node ended, in its own words out of what it said since its log had this length.
pub fn last_words(home: &Path, since: u64) -> String {
    let said = std::fs::read(log_file(home)).unwrap_or_default();
    let said = usize::try_from(since).ok().and_then(|since| said.get(since..)).unwrap_or_default();
    reason_in(&String::from_utf8_lossy(said))
}

/// The last error, else the last line.
fn reason_in(said: &str) -> String {
    let lines = || said.lines().rev().map(str::trim).filter(|line| !line.is_empty());
    let error = lines().find_map(|line| line.strip_prefix("error: "));
    error.or_else(|| lines().next()).unwrap_or("it said nothing").to_owned()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;

    #[test]
    fn a_process_whose_id_cannot_be_written_down_is_ended() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(pid_file(home.path())).unwrap();
        let mut child = Command::new("sleep").arg("600").spawn().unwrap();
        let error = note(home.path(), &mut child).unwrap_err();
        assert_eq!(error.to_string(), "cannot write the node's process id");
        assert!(child.try_wait().unwrap().is_some(), "it goes on");
    }

    #[test]
    fn the_reason_is_the_last_error_without_the_word_for_it() {
        assert_eq!(reason_in("INFO starts\nerror: the port is taken\nhint: change it\n"), "the port is taken");
        assert_eq!(reason_in("INFO starts\nERROR the node halted\n\n"), "ERROR the node halted");
        assert_eq!(reason_in(""), "it said nothing");
    }
}
