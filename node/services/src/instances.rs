//! Two processes with one key: seen by the others, who tell both.
//!
//! Each process draws a number when it starts and tells it whenever it asks. A node that is started again has a new number, and never
//! the old one again; where an old one comes back after a new one was heard, two processes speak with one key, and both vote.

pub mod telling;

use medshare_ledger::id::NodeId;
use rand_core::{OsRng, RngCore as _};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// For so long after an old number came back two processes are said to speak.
const REMEMBERED: Duration = Duration::from_secs(30);
/// Old numbers that are kept of a node.
const MOST_BEFORE: usize = 8;
/// The answer to a node whose key speaks for two.
const TWO: u8 = 2;

/// A number that no other process draws.
type Instance = [u8; 16];

#[derive(Default)]
struct Heard {
    last: Option<Instance>,
    before: VecDeque<Instance>,
    two_at: Option<Instant>,
}

/// Which processes speak with which key.
pub struct Instances {
    own: Instance,
    heard: Mutex<HashMap<NodeId, Heard>>,
    /// Who says that this node's key speaks for two, and when.
    told: Mutex<HashMap<NodeId, Instant>>,
}

impl Default for Instances {
    fn default() -> Self {
        let mut own = [0; 16];
        OsRng.fill_bytes(&mut own);
        Self { own, heard: Mutex::default(), told: Mutex::default() }
    }
}

impl Instances {
    /// Hears which process of a node speaks; the answer to it.
    pub fn answer(&self, from: NodeId, question: &[u8]) -> Vec<u8> {
        let Ok(instance) = Instance::try_from(question) else { return Vec::new() };
        let is_two = self.hear(from, instance, Instant::now());
        if is_two { vec![TWO] } else { Vec::new() }
    }

    /// Whether two processes of this node speak now.
    fn hear(&self, from: NodeId, instance: Instance, now: Instant) -> bool {
        let mut heard = lock(&self.heard);
        let node = heard.entry(from).or_default();
        if node.last != Some(instance) {
            if node.before.contains(&instance) {
                if !is_recent(node.two_at, now) {
                    tracing::error!(node = %from, "two processes run with the key of this node, and both vote: its operator must stop one");
                }
                node.two_at = Some(now);
            }
            node.before.retain(|old| *old != instance);
            node.before.extend(node.last.replace(instance));
            if node.before.len() > MOST_BEFORE {
                node.before.pop_front();
            }
        }
        is_recent(node.two_at, now)
    }

    fn hear_of_own(&self, from: NodeId, answer: &[u8], now: Instant) {
        let mut told = lock(&self.told);
        if answer != [TWO] {
            told.remove(&from);
            return;
        }
        told.retain(|_, at| is_recent(Some(*at), now));
        if told.is_empty() {
            tracing::error!(node = %from, "another node says that a second process runs with this node's key, and both vote: stop one of them");
        }
        told.insert(from, now);
    }

    /// Nodes whose key speaks for two processes, by what this node hears.
    #[must_use]
    pub fn in_two_processes(&self) -> Vec<NodeId> {
        let now = Instant::now();
        let mut nodes: Vec<_> =
            lock(&self.heard).iter().filter(|(_, heard)| is_recent(heard.two_at, now)).map(|(node, _)| *node).collect();
        nodes.sort_unstable();
        nodes
    }

    /// Nodes that say that this node's own key does.
    #[must_use]
    pub fn saying_so_of_this(&self) -> Vec<NodeId> {
        let now = Instant::now();
        let mut nodes: Vec<_> =
            lock(&self.told).iter().filter(|(_, at)| is_recent(Some(**at), now)).map(|(node, _)| *node).collect();
        nodes.sort_unstable();
        nodes
    }
}

fn is_recent(at: Option<Instant>, now: Instant) -> bool {
    at.is_some_and(|at| now.saturating_duration_since(at) < REMEMBERED)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: NodeId = NodeId::from_bytes([1; 16]);
    const OTHER: NodeId = NodeId::from_bytes([2; 16]);

    fn hears(instances: &Instances, numbers: &[u8]) -> Vec<bool> {
        let now = Instant::now();
        numbers.iter().map(|number| instances.hear(NODE, [*number; 16], now)).collect()
    }

    #[test]
    fn a_node_that_is_started_again_is_one_process() {
        let instances = Instances::default();
        assert_eq!(hears(&instances, &[1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]), [false; 14]);
        assert!(instances.in_two_processes().is_empty());
    }

    #[test]
    fn a_process_that_speaks_again_after_another_did_is_one_of_two() {
        let instances = Instances::default();
        assert_eq!(hears(&instances, &[1, 2, 1, 1, 2]), [false, false, true, true, true]);
        assert_eq!(instances.in_two_processes(), [NODE]);
        assert_eq!(instances.answer(NODE, &[2; 16]), [TWO]);
        assert_eq!(instances.answer(OTHER, &[2; 16]), Vec::<u8>::new(), "each key for itself");
        assert_eq!(instances.answer(OTHER, b"short"), Vec::<u8>::new());
        // One of them was stopped.
        assert!(!instances.hear(NODE, [2; 16], Instant::now() + REMEMBERED));
    }

    #[test]
    fn a_node_hears_from_others_that_its_own_key_speaks_for_two() {
        let instances = Instances::default();
        let now = Instant::now();
        instances.hear_of_own(NODE, &[TWO], now);
        instances.hear_of_own(OTHER, &[], now);
        assert_eq!(instances.saying_so_of_this(), [NODE]);
        instances.hear_of_own(NODE, &[], now);
        assert!(instances.saying_so_of_this().is_empty());
    }
}
