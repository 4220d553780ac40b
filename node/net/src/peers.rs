//! The other nodes: who is connected, and when to dial who is not.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use super::protocol::Protocol;
use libp2p::{Multiaddr, PeerId};
use medshare_ledger::id::{NetworkId, NodeId};
use tokio::time::Instant;

/// Wait before the first dial after a connection is lost; doubled after every failure.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// Longest wait between dials.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Another node and how to reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its id on the ledger.
    pub node: NodeId,
    /// Its id in this network.
    pub peer: PeerId,
    /// Where it listens.
    pub address: Multiaddr,
}

/// Another node, as this one sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerStatus {
    /// The node.
    pub node: NodeId,
    /// Whether there is a connection.
    pub connected: bool,
    /// Since when it is so.
    pub since: SystemTime,
    /// Whether it spoke of another network, or in another version's way, when it was last asked.
    pub is_foreign: bool,
}

impl PeerStatus {
    /// Whether it is connected and takes part in this network.
    #[must_use]
    pub const fn takes_part(&self) -> bool {
        self.connected && !self.is_foreign
    }
}

/// What handles may see of the peers.
pub(super) type Statuses = Arc<RwLock<BTreeMap<NodeId, PeerStatus>>>;

struct Entry {
    node: NodeId,
    address: Multiaddr,
    is_connected: bool,
    wait: Duration,
    dial_at: Instant,
    /// Questions under way to this peer.
    questions: BTreeMap<Protocol, usize>,
    /// Questions of this peer that are being answered.
    answers: BTreeMap<Protocol, usize>,
}

pub(super) struct Peers {
    entries: BTreeMap<PeerId, Entry>,
    by_node: BTreeMap<NodeId, PeerId>,
    statuses: Statuses,
}

impl Peers {
    pub(super) fn new(peers: &[Peer]) -> Self {
        let now = Instant::now();
        let entry = |peer: &Peer| Entry {
            node: peer.node,
            address: peer.address.clone(),
            is_connected: false,
            wait: FIRST_WAIT,
            dial_at: now,
            questions: BTreeMap::new(),
            answers: BTreeMap::new(),
        };
        let status =
            |peer: &Peer| PeerStatus { node: peer.node, connected: false, since: SystemTime::now(), is_foreign: false };
        Self {
            entries: peers.iter().map(|peer| (peer.peer, entry(peer))).collect(),
            by_node: peers.iter().map(|peer| (peer.node, peer.peer)).collect(),
            statuses: Arc::new(RwLock::new(peers.iter().map(|peer| (peer.node, status(peer))).collect())),
        }
    }

    pub(super) fn statuses(&self) -> Statuses {
        self.statuses.clone()
    }

    pub(super) fn node(&self, peer: &PeerId) -> Option<NodeId> {
        self.entries.get(peer).map(|entry| entry.node)
    }

    pub(super) fn peer(&self, node: NodeId) -> Option<PeerId> {
        self.by_node.get(&node).copied()
    }

    pub(super) fn is_connected(&self, peer: &PeerId) -> bool {
        self.entries.get(peer).is_some_and(|entry| entry.is_connected)
    }

    pub(super) fn connected(&self) -> Vec<PeerId> {
        self.entries.iter().filter(|(_, entry)| entry.is_connected).map(|(peer, _)| *peer).collect()
    }

    /// Notes whether a peer understands this network's protocols; told when it changes.
    pub(super) fn set_foreign(&mut self, peer: &PeerId, network: NetworkId, is_foreign: bool) {
        let Some(node) = self.node(peer) else { return };
        let before = self.change(node, |status| status.is_foreign = is_foreign);
        match before {
            Some(PeerStatus { is_foreign: false, .. }) if is_foreign => tracing::error!(
                %node,
                %network,
                "a peer is of another network than this node, or of another version of the program: compare its genesis.toml and its version with this node's"
            ),
            Some(PeerStatus { is_foreign: true, .. }) if !is_foreign => {
                tracing::info!(%node, "a peer is of this node's network again");
            }
            _ => {}
        }
    }

    /// Changes a status; what it was.
    fn change(&self, node: NodeId, change: impl FnOnce(&mut PeerStatus)) -> Option<PeerStatus> {
        let mut statuses = self.statuses.write().unwrap_or_else(PoisonError::into_inner);
        let status = statuses.get_mut(&node)?;
        let before = *status;
        change(status);
        Some(before)
    }

    /// Peers to dial now, with their addresses.
    pub(super) fn due(&mut self, now: Instant) -> Vec<(PeerId, Multiaddr)> {
        let due = self.entries.iter_mut().filter(|(_, entry)| !entry.is_connected && entry.dial_at <= now);
        due.map(|(peer, entry)| {
            entry.dial_at = now + entry.wait;
            entry.wait = LONGEST_WAIT.min(entry.wait * 2);
            (*peer, entry.address.clone())
        })
        .collect()
    }

    pub(super) fn set_connected(&mut self, peer: &PeerId, connected: bool) {
        let Some(entry) = self.entries.get_mut(peer) else {
            return;
        };
        if entry.is_connected == connected {
            return;
        }
        entry.is_connected = connected;
        entry.wait = FIRST_WAIT;
        entry.dial_at = Instant::now() + FIRST_WAIT;
        tracing::info!(node = %entry.node, connected, "a peer");
        let node = entry.node;
        self.change(node, |status| (status.connected, status.since) = (connected, SystemTime::now()));
    }

    /// Counts a question to `peer`; false when too many of its kind are under way.
    pub(super) fn begin_question(&mut self, peer: &PeerId, protocol: Protocol) -> bool {
        let Some(entry) = self.entries.get_mut(peer) else { return false };
        let under_way = entry.questions.entry(protocol).or_default();
        let has_room = *under_way < protocol.questions_per_peer();
        *under_way += usize::from(has_room);
        has_room
    }

    /// Counts a question of `peer`; false when too many of its kind are being answered.
    pub(super) fn begin_answer(&mut self, peer: &PeerId, protocol: Protocol) -> bool {
        let Some(entry) = self.entries.get_mut(peer) else { return false };
        let under_way = entry.answers.entry(protocol).or_default();
        let has_room = *under_way < protocol.answers_per_peer();
        *under_way += usize::from(has_room);
        has_room
    }

    pub(super) fn end_answer(&mut self, peer: &PeerId, protocol: Protocol) {
        if let Some(under_way) = self.entries.get_mut(peer).and_then(|entry| entry.answers.get_mut(&protocol)) {
            *under_way = under_way.saturating_sub(1);
        }
    }

    pub(super) fn end_question(&mut self, peer: &PeerId, protocol: Protocol) {
        if let Some(under_way) = self.entries.get_mut(peer).and_then(|entry| entry.questions.get_mut(&protocol)) {
            *under_way = under_way.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_peer_that_does_not_answer_is_dialled_ever_more_rarely() {
        let peer = PeerId::random();
        let known = Peer { node: NodeId::from_bytes([1; 16]), peer, address: "/ip4/127.0.0.1/tcp/1".parse().unwrap() };
        let mut peers = Peers::new(&[known]);
        let start = Instant::now() + Duration::from_secs(1);
        let dials = (0..240).filter(|tick| !peers.due(start + Duration::from_millis(250 * tick)).is_empty()).count();
        assert!((12..20).contains(&dials), "{dials} dials in a minute");
        peers.set_connected(&peer, true);
        assert!(peers.due(start + Duration::from_secs(999)).is_empty());
        peers.set_connected(&peer, false);
        assert_eq!(peers.due(Instant::now() + FIRST_WAIT).len(), 1);
    }

    #[test]
    fn questions_to_a_peer_are_counted() {
        let peer = PeerId::random();
        let known = Peer { node: NodeId::from_bytes([1; 16]), peer, address: "/ip4/127.0.0.1/tcp/1".parse().unwrap() };
        let mut peers = Peers::new(&[known]);
        for _ in 0..Protocol::ForwardStatus.questions_per_peer() {
            assert!(peers.begin_question(&peer, Protocol::ForwardStatus));
        }
        assert!(!peers.begin_question(&peer, Protocol::ForwardStatus));
        assert!(peers.begin_question(&peer, Protocol::EntryGossip), "whoever waits keeps no revocation away");
        peers.end_question(&peer, Protocol::ForwardStatus);
        assert!(peers.begin_question(&peer, Protocol::ForwardStatus));
        assert!(!peers.begin_question(&PeerId::random(), Protocol::EntryGossip));
    }
}
