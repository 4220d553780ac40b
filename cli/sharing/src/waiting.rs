//! Waiting for the network to decide: for what, for how long already, and how many validators are there to decide.

use crate::Context;
use medshare_agent::client::NodeClient;
use medshare_cli_terminal::Progress;
use medshare_exchange::api::NodeStatus;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// After so long without an end it is said what is missing, and then again.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Does `work`, which ends when the network has decided, and says meanwhile what it waits for.
pub fn while_deciding<T>(context: &Context, node: &NodeClient, what: &str, work: impl FnOnce() -> T) -> T {
    let progress = Arc::new(Progress::start(context.json(), what));
    let (work_goes_on, ended) = channel::<()>();
    let watcher = Watcher { node: node.clone(), what: what.to_owned(), json: context.json(), ended };
    let shown = Arc::downgrade(&progress);
    // not waited for: it may be asking a node that does not answer
    std::thread::spawn(move || watcher.watch(&shown));
    let outcome = work();
    drop(work_goes_on);
    outcome
}

struct Watcher {
    node: NodeClient,
    what: String,
    json: bool,
    ended: Receiver<()>,
}

impl Watcher {
    fn watch(&self, shown: &Weak<Progress>) {
        let (began, mut was_noted) = (Instant::now(), false);
        while self.ended.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
            let state = self.node.status().ok();
            let line = format!("{} ({} s): {}", self.what, began.elapsed().as_secs(), missing(state.as_ref()));
            let Some(progress) = shown.upgrade() else { return };
            if !progress.is_shown() && !was_noted {
                Progress::note(self.json, &line);
                was_noted = true;
            }
            progress.say(line);
        }
    }
}

/// How many validators there are to decide, as a node sees it.
fn missing(state: Option<&NodeStatus>) -> String {
    let Some(state) = state else { return "no node answers".to_owned() };
    let all = state.peers.len() + 1;
    let there = state.peers.iter().filter(|peer| peer.connected).count() + 1;
    match &state.clock {
        Some(wrong) => wrong.clone(),
        None => format!("the node reaches {there} of {all} validators, and more than two thirds must agree"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use serde_json::json;

    #[test]
    fn the_validators_that_are_there_are_counted_with_the_node_itself() {
        let peer = |connected: bool| json!({"node": "n", "connected": connected});
        let state = json!({
            "name": "n", "node": "n", "organisation": "o", "network": "x", "height": 1, "lag": 0, "state_root": "r",
            "history_size": 0, "waiting_entries": 1, "version": "1", "peers": [peer(true), peer(false), peer(false)],
        });
        let state: NodeStatus = serde_json::from_value(state).unwrap();
        assert!(missing(Some(&state)).starts_with("the node reaches 2 of 4 validators"));
        assert_eq!(missing(None), "no node answers");
    }
}
