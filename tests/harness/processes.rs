//! The processes of a network's nodes: started, killed, waited for, asked how they are.

use crate::network::{LIMIT, Network, eventually};
use crate::program::medshare;
use medshare_exchange::api::NodeStatus;
use std::fs::File;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

impl Network {
    /// Starts the nodes that do not run and waits until all are at a common height.
    pub fn start_all(&mut self) {
        for node in 0..4 {
            if self.processes[node].is_none() {
                self.spawn(node);
            }
        }
        for node in 0..4 {
            self.wait_until_it_runs(node);
        }
    }

    /// Starts a node's process and does not wait.
    pub fn spawn(&mut self, node: usize) {
        self.spawn_by(node, Command::new(medshare()));
    }

    /// Starts a node's process, which may open so many files.
    pub fn spawn_with_open_files(&mut self, node: usize, most: u32) {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!(r#"ulimit -n {most} && exec "$0" "$@""#)]).arg(medshare());
        self.spawn_by(node, shell);
    }

    pub(crate) fn spawn_by(&mut self, node: usize, mut program: Command) {
        let log = File::options().create(true).append(true).open(self.log_file(node)).unwrap();
        let child = program
            .args(["node", "start", "--home"])
            .arg(self.home(node))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        self.processes[node] = Some(child);
    }

    /// Waits until a node answers and is past genesis.
    #[track_caller]
    pub fn wait_until_it_runs(&mut self, node: usize) {
        let began = Instant::now();
        while self.status(node).is_none_or(|status| status.height == 0) {
            let ended = self.processes[node].as_mut().expect("the node was started").try_wait().unwrap();
            assert!(ended.is_none() && began.elapsed() < LIMIT, "node {node} does not run: {}", self.log(node));
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends a node as a loss of power would.
    pub fn kill(&mut self, node: usize) {
        let mut child = self.processes[node].take().expect("the node runs");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Starts a node again and waits until it has caught up with the others that run.
    pub fn restart(&mut self, node: usize) {
        self.spawn(node);
        self.wait_until_it_runs(node);
        let others = (0..4).filter(|other| *other != node);
        let highest = others.filter_map(|other| self.status(other)).map(|status| status.height).max();
        eventually("the node catches up", || self.status(node).is_some_and(|status| Some(status.height) >= highest));
    }

    /// Waits until a node's process ends by itself.
    pub fn wait_for_end(&mut self, node: usize) -> ExitStatus {
        let mut child = self.processes[node].take().expect("the node was started");
        let began = Instant::now();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status;
            }
            if began.elapsed() > LIMIT {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("node {node} does not end: {}", self.log(node));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Memory that a node's process has in RAM, in bytes.
    pub fn memory_bytes(&self, node: usize) -> u64 {
        let id = self.processes[node].as_ref().expect("the node runs").id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a process has memory");
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
        kib * 1024
    }

    /// What a node says of itself; `None` while it does not answer.
    pub fn status(&self, node: usize) -> Option<NodeStatus> {
        self.processes[node].as_ref()?;
        let agent: ureq::Agent =
            ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(5))).build().into();
        let mut answer = agent.get(self.url(node, "/v1/status")).call().ok()?;
        serde_json::from_str(&answer.body_mut().read_to_string().ok()?).ok()
    }

    /// Waits until all four nodes report one height with one state root.
    #[track_caller]
    pub fn agree(&self) {
        eventually("all nodes report the same height at once", || {
            let statuses: Vec<NodeStatus> = (0..4).filter_map(|node| self.status(node)).collect();
            let same = statuses.len() == 4 && statuses.iter().all(|s| s.height == statuses[0].height);
            if same {
                let one = statuses.iter().all(|s| s.state_root == statuses[0].state_root);
                assert!(one, "the nodes disagree about the state at height {}", statuses[0].height);
            }
            same
        });
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for child in self.processes.iter_mut().flatten() {
            // one that has ended already needs no killing
            drop(child.kill());
            drop(child.wait());
        }
    }
}
