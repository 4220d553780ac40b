//! What this node knows of the other validators beside their votes: how far they have proven to be, and who is not reached.
//!
//! Whoever talks to them tells it here. Consensus asks when its own files do not say how far the network is, and before it waits for a
//! proposer. Nothing of it is part of a vote.
//!
//! What is proven to be decided binds this node also where its own files know nothing of it: they may have been put back together,
//! vote log and batch log, to an earlier day, and then look whole. It binds what the engine is told from then on. What the engine had
//! been told before, or finds in its write-ahead log of the height under way, it goes on with: it asks nobody when it replays that.

use std::collections::BTreeMap;
use std::fmt;

use medshare_crypto::hash::Hash32;
use medshare_ledger::id::{Height, NodeId};
use tokio::sync::watch;
use tokio::time::Instant;

/// What a certificate proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The height that was decided.
    pub height: Height,
    /// Hash of the batch that was.
    pub batch: Hash32,
}

/// A decision, and which node showed the certificate of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) decision: Decision,
    pub(super) by: NodeId,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { decision: Decision { height, batch }, by } = self;
        write!(f, "node {by} proves that batch {batch} was decided at height {height}")
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Neighbour {
    proven: Option<Height>,
    is_away: bool,
}

#[derive(Debug, Default)]
struct View {
    nodes: BTreeMap<NodeId, Neighbour>,
    /// The highest decision that one of them proved.
    decided: Option<Shown>,
}

/// The other validators as this node sees them; clones share one view.
#[derive(Clone, Debug)]
pub struct Neighbours(watch::Sender<View>);

impl Default for Neighbours {
    fn default() -> Self {
        Self(watch::Sender::new(View::default()))
    }
}

impl Neighbours {
    /// Takes note that `node` showed a certificate that verifies, and of what; of nothing when it said that it has decided nothing.
    pub fn set_proven(&self, node: NodeId, proven: Option<Decision>) {
        self.0.send_if_modified(|view| {
            let height = proven.map(|decision| decision.height);
            let is_higher = height > view.decided.map(|shown| shown.decision.height);
            if is_higher {
                view.decided = proven.map(|decision| Shown { decision, by: node });
            }
            let said = Some(height.unwrap_or(Height(0)));
            change(view, node, |neighbour| neighbour.proven = neighbour.proven.max(said)) || is_higher
        });
    }

    /// Takes note of whether `node` has not been reached for a while.
    pub fn set_away(&self, node: NodeId, is_away: bool) {
        self.0.send_if_modified(|view| change(view, node, |neighbour| neighbour.is_away = is_away));
    }

    /// Whether `node` has not been reached for a while, so that its rounds are given up early.
    #[must_use]
    pub fn is_away(&self, node: NodeId) -> bool {
        self.0.borrow().nodes.get(&node).is_some_and(|neighbour| neighbour.is_away)
    }

    /// How many of `nodes` have been reached lately, or never been looked for.
    pub(super) fn reached(&self, nodes: impl Iterator<Item = NodeId>) -> usize {
        nodes.filter(|node| !self.is_away(*node)).count()
    }

    /// The proof by which `batch`, or a new one, is not what was decided at `height`: the certificate names another one, or a later
    /// height. A vote for it could take back what the network relies on, however whole this node's own files look.
    ///
    /// What the certificate names may be voted for, and nothing: who holds a certificate and then hides the batch stops nobody who has
    /// it. Where nobody else has it any more, because it was given up, he does.
    pub(super) fn rule_out(&self, height: Height, batch: Option<Hash32>) -> Option<Shown> {
        let is_other = |Shown { decision, .. }: &Shown| {
            height < decision.height || (height == decision.height && batch != Some(decision.batch))
        };
        self.0.borrow().decided.filter(is_other)
    }

    /// Waits until each of `nodes` has said how far it is, or is away; no longer than until that moment.
    pub(super) async fn heard(&self, nodes: &[NodeId], until: Instant) {
        let is_heard = |neighbour: &Neighbour| neighbour.is_away || neighbour.proven.is_some();
        let all = |view: &View| nodes.iter().all(|node| view.nodes.get(node).is_some_and(is_heard)).then_some(());
        // An error says that the time is over.
        tokio::time::timeout_at(until, self.first(all)).await.ok();
    }

    /// The greatest height that a neighbour proves, once at least `count` of them said how far they are.
    pub(super) async fn highest(&self, count: usize) -> Height {
        self.first(|view| highest(view, count)).await
    }

    /// The same, once it is not genesis.
    pub(super) async fn highest_decided(&self, count: usize) -> Height {
        self.first(|view| highest(view, count).filter(|height| *height > Height(0))).await
    }

    /// The greatest height that a neighbour proves, once it is above this one.
    pub(super) async fn ahead_of(&self, tip: Height) -> Height {
        self.first(|view| highest(view, 1).filter(|height| *height > tip)).await
    }

    async fn first<T>(&self, found: impl Fn(&View) -> Option<T>) -> T {
        let mut view = self.0.subscribe();
        loop {
            if let Some(found) = found(&view.borrow_and_update()) {
                return found;
            }
            // An error would say that the sender is gone, which is here.
            view.changed().await.ok();
        }
    }
}

/// Changes what is known of a node; says whether that is something new.
fn change(view: &mut View, node: NodeId, change: impl FnOnce(&mut Neighbour)) -> bool {
    let neighbour = view.nodes.entry(node).or_default();
    let before = *neighbour;
    change(neighbour);
    *neighbour != before
}

fn highest(view: &View, count: usize) -> Option<Height> {
    let heights: Vec<_> = view.nodes.values().filter_map(|neighbour| neighbour.proven).collect();
    if heights.len() < count { None } else { heights.into_iter().max() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::key;
    use std::time::Duration;

    const SOON: Duration = Duration::from_millis(20);

    fn decided(height: u64) -> Option<Decision> {
        Some(Decision { height: Height(height), batch: Hash32::from_bytes([height as u8; 32]) })
    }

    fn node(index: u8) -> NodeId {
        NodeId::of_key(&key(index).verifying_key())
    }

    #[tokio::test]
    async fn how_far_the_network_is_counts_once_enough_others_said_so() {
        let neighbours = Neighbours::default();
        neighbours.set_proven(node(1), None);
        neighbours.set_proven(node(1), None);
        assert!(tokio::time::timeout(SOON, neighbours.highest(2)).await.is_err());
        neighbours.set_proven(node(2), None);
        assert_eq!(neighbours.highest(2).await, Height(0));
        assert!(tokio::time::timeout(SOON, neighbours.highest_decided(2)).await.is_err());
        neighbours.set_proven(node(3), decided(500));
        neighbours.set_proven(node(3), None);
        assert_eq!(neighbours.highest_decided(2).await, Height(500));
        assert!(tokio::time::timeout(SOON, neighbours.highest(4)).await.is_err());
    }

    #[test]
    fn what_one_proves_rules_out_everything_else_at_its_height_and_below() {
        let neighbours = Neighbours::default();
        assert_eq!(neighbours.rule_out(Height(1), None), None, "nothing is proven");
        neighbours.set_proven(node(1), decided(7));
        neighbours.set_proven(node(2), decided(5));
        let batch = |number: u64| decided(number).map(|decision| decision.batch);
        for (height, batch, expected) in [
            (5, batch(5), true),
            (6, None, true),
            (7, None, true),
            (7, batch(6), true),
            (7, batch(7), false),
            (8, None, false),
        ] {
            assert_eq!(neighbours.rule_out(Height(height), batch).is_some(), expected, "{height}");
        }
        let by = neighbours.rule_out(Height(5), None).map(|shown| shown.by);
        assert_eq!(by, Some(node(1)), "who showed the highest");
    }

    #[tokio::test]
    async fn all_who_are_not_away_are_heard_first_and_waited_for_no_longer_than_is_said() {
        let neighbours = Neighbours::default();
        let nodes = [node(1), node(2)];
        neighbours.set_proven(node(1), decided(7));
        let waited = |until: Duration| neighbours.heard(&nodes, Instant::now() + until);
        assert!(tokio::time::timeout(SOON, waited(Duration::from_secs(60))).await.is_err());
        waited(SOON).await;
        neighbours.set_away(node(2), true);
        waited(Duration::from_secs(60)).await;
    }

    #[test]
    fn nobody_is_away_before_somebody_says_so() {
        let neighbours = Neighbours::default();
        assert!(!neighbours.is_away(node(1)));
        neighbours.set_away(node(1), true);
        assert!(neighbours.is_away(node(1)) && !neighbours.is_away(node(2)));
        neighbours.set_away(node(1), false);
        assert!(!neighbours.is_away(node(1)));
    }
}
