//! Waiting for the network to decide: for what, for how long already, and how many validators are there to decide.

use crate::Context;
use crate::interruption::Interruption;
use medshare_agent::client::NodeClient;
use medshare_cli_terminal::Progress;
use medshare_exchange::api::NodeStatus;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

/// After so long without an end it is said what is missing, and then again.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// What the same command does, typed again after nobody heard how it ended: it was interrupted while it waited, or no node confirmed it.
#[derive(Debug, Clone, Copy)]
pub enum Again {
    /// Nothing twice.
    Nothing,
    /// The attributes are issued anew.
    Issues,
    /// Another opening is recorded.
    Opens,
    /// The action is asked for and reported once more.
    Reports,
}

impl Again {
    /// The same in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Nothing => "the same command, typed again, says what is done already and does nothing twice",
            Self::Issues => "the same command, typed again, issues anew and says what was held already",
            Self::Opens => "the opening may be recorded; typed again, the command records another one",
            Self::Reports => {
                "typed again, once a node takes reports or with other nodes named by --node, it is asked for and reported once more: the owner then sees both, and a --comment can say that the first one gave nothing"
            }
        }
    }
}

/// Does `work`, which ends when the network has decided, and says meanwhile what it waits for. Who interrupts it is told that nothing is taken
/// back, and what typing it again does.
pub fn while_deciding<T>(
    context: &Context,
    node: &NodeClient,
    what: &str,
    again: Again,
    work: impl FnOnce() -> T,
) -> T {
    let counts = "what was handed in to a node counts all the same";
    let _told = Interruption::tells(counts, context.json(), |failure| failure.hint(again.words()));
    while_following(context, node, what, |_| work())
}

/// The same for work that says how far it is.
pub fn while_following<T>(context: &Context, node: &NodeClient, what: &str, work: impl FnOnce(&Waiting) -> T) -> T {
    let progress = Arc::new(Progress::start(context.json(), what));
    let waiting = Waiting { progress, what: Arc::new(Mutex::new(what.to_owned())) };
    let (work_goes_on, ended) = channel::<()>();
    let watcher = Watcher { node: node.clone(), what: Arc::clone(&waiting.what), json: context.json(), ended };
    let shown = Arc::downgrade(&waiting.progress);
    // not waited for: it may be asking a node that does not answer
    std::thread::spawn(move || watcher.watch(&shown));
    let outcome = work(&waiting);
    drop(work_goes_on);
    outcome
}

/// What is waited for now.
pub struct Waiting {
    progress: Arc<Progress>,
    what: Arc<Mutex<String>>,
}

impl Waiting {
    /// Waits for something else from here on.
    pub fn say(&self, what: String) {
        self.progress.say(&what);
        *self.what.lock().unwrap_or_else(PoisonError::into_inner) = what;
    }
}

struct Watcher {
    node: NodeClient,
    what: Arc<Mutex<String>>,
    json: bool,
    ended: Receiver<()>,
}

impl Watcher {
    fn watch(&self, shown: &Weak<Progress>) {
        let (began, mut was_noted) = (Instant::now(), false);
        while self.ended.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
            let state = self.node.status().ok();
            let what = self.what.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let line = format!("{what} ({} s){}", began.elapsed().as_secs(), missing(state.as_ref()));
            let Some(progress) = shown.upgrade() else { return };
            if !progress.is_shown() && !was_noted {
                Progress::note(self.json, &line);
                was_noted = true;
            }
            progress.say(&line);
        }
    }
}

/// Who is not there to decide, as a node sees it.
fn missing(state: Option<&NodeStatus>) -> String {
    let Some(state) = state else { return ": no node answers".to_owned() };
    let all = state.peers.len() + 1;
    let there = state.peers.iter().filter(|peer| peer.connected).count() + 1;
    match state.clock {
        Some(wrong) => format!(": {wrong}"),
        None if there == all => String::new(),
        None => format!(": the node reaches {there} of {all} validators, and more than two thirds must agree"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use medshare_exchange::api::{ClockFault, WrongClock};
    use serde_json::json;

    #[test]
    fn the_validators_that_are_there_are_counted_with_the_node_itself_and_named_where_some_are_missing() {
        let peer = |connected: bool| json!({"node": "n", "connected": connected});
        let state = |last: bool| -> NodeStatus {
            let state = json!({
                "name": "n", "node": "n", "organisation": "o", "network": "x", "height": 1, "lag": 0, "state_root": "r",
                "history_size": 0, "waiting_entries": 1, "version": "1", "peers": [peer(true), peer(last), peer(last)],
            });
            serde_json::from_value(state).unwrap()
        };
        assert!(missing(Some(&state(false))).starts_with(": the node reaches 2 of 4 validators"));
        assert_eq!(missing(Some(&state(true))), "");
        assert_eq!(missing(None), ": no node answers");
        let clock = Some(WrongClock { code: ClockFault::BehindOthers, seconds: 30 });
        let told = missing(Some(&NodeStatus { clock, ..state(false) }));
        assert!(told.starts_with(": this node's clock is 30 s behind the other nodes'"), "{told}");
    }
}
