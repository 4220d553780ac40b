//! What this node knows of the other validators beside their votes: how far they have proven to be, and who is not reached.
//!
//! Whoever talks to them tells it here. Consensus asks when its own files do not say how far the network is, and before it waits for a
//! proposer. Nothing of it is part of a vote.

use std::collections::BTreeMap;

use medshare_ledger::id::{Height, NodeId};
use tokio::sync::watch;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Neighbour {
    proven: Option<Height>,
    is_away: bool,
}

/// The other validators as this node sees them; clones share one view.
#[derive(Clone, Debug)]
pub struct Neighbours(watch::Sender<BTreeMap<NodeId, Neighbour>>);

impl Default for Neighbours {
    fn default() -> Self {
        Self(watch::Sender::new(BTreeMap::new()))
    }
}

impl Neighbours {
    /// Takes note that `node` showed a certificate of `height` that verifies, or said that it has decided nothing, which is height 0.
    pub fn set_proven(&self, node: NodeId, height: Height) {
        self.change(node, |neighbour| neighbour.proven = neighbour.proven.max(Some(height)));
    }

    /// Takes note of whether `node` has not been reached for a while.
    pub fn set_away(&self, node: NodeId, is_away: bool) {
        self.change(node, |neighbour| neighbour.is_away = is_away);
    }

    /// Whether `node` has not been reached for a while, so that its rounds are given up early.
    #[must_use]
    pub fn is_away(&self, node: NodeId) -> bool {
        self.0.borrow().get(&node).is_some_and(|neighbour| neighbour.is_away)
    }

    /// How many of `nodes` have been reached lately, or never been looked for.
    pub(super) fn reached(&self, nodes: impl Iterator<Item = NodeId>) -> usize {
        nodes.filter(|node| !self.is_away(*node)).count()
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

    fn change(&self, node: NodeId, change: impl FnOnce(&mut Neighbour)) {
        self.0.send_if_modified(|view| {
            let neighbour = view.entry(node).or_default();
            let before = *neighbour;
            change(neighbour);
            *neighbour != before
        });
    }

    async fn first(&self, found: impl Fn(&BTreeMap<NodeId, Neighbour>) -> Option<Height>) -> Height {
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

fn highest(view: &BTreeMap<NodeId, Neighbour>, count: usize) -> Option<Height> {
    let heights: Vec<_> = view.values().filter_map(|neighbour| neighbour.proven).collect();
    if heights.len() < count { None } else { heights.into_iter().max() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::key;
    use std::time::Duration;

    const SOON: Duration = Duration::from_millis(20);

    fn node(index: u8) -> NodeId {
        NodeId::of_key(&key(index).verifying_key())
    }

    #[tokio::test]
    async fn how_far_the_network_is_counts_once_enough_others_said_so() {
        let neighbours = Neighbours::default();
        neighbours.set_proven(node(1), Height(0));
        neighbours.set_proven(node(1), Height(0));
        assert!(tokio::time::timeout(SOON, neighbours.highest(2)).await.is_err());
        neighbours.set_proven(node(2), Height(0));
        assert_eq!(neighbours.highest(2).await, Height(0));
        assert!(tokio::time::timeout(SOON, neighbours.highest_decided(2)).await.is_err());
        neighbours.set_proven(node(3), Height(500));
        neighbours.set_proven(node(3), Height(0));
        assert_eq!(neighbours.highest_decided(2).await, Height(500));
        assert!(tokio::time::timeout(SOON, neighbours.highest(4)).await.is_err());
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
