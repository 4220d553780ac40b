//! What the swarm does with connections.

use std::time::Duration;

use libp2p::allow_block_list::{self, AllowedPeers};
use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::swarm::NetworkBehaviour;
use libp2p::{StreamProtocol, ping, request_response};
use medshare_ledger::id::NetworkId;

use super::exchange::Exchange;
use super::peers::Peer;
use super::pending::Pending;
use super::protocol::Protocol;

/// Two nodes may dial each other at the same time; more connections than a few are a fault.
const CONNECTIONS_PER_PEER: u32 = 4;

/// Connections whose handshake is not done, of addresses from which no node of the network is known to come.
const PENDING_OF_STRANGERS: usize = 256;

/// The same of one address, whosever it is; several nodes may stand behind one.
const PENDING_OF_ADDRESS: usize = 32;

/// Streams of both directions on one connection.
const STREAMS_PER_CONNECTION: usize = 256;

/// Questions under way to one peer and its own that are answered, of all protocols.
const UNDER_WAY: usize = {
    let (mut sum, mut left) = (0, Protocol::ALL.as_slice());
    while let [first, others @ ..] = left {
        sum += first.questions_per_peer() + first.answers_per_peer();
        left = others;
    }
    sum
};

const _: () = assert!(UNDER_WAY < STREAMS_PER_CONNECTION, "a stream beyond the limit would be lost in silence");

const PING_INTERVAL: Duration = Duration::from_secs(5);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    allowed: allow_block_list::Behaviour<AllowedPeers>,
    pending: Pending,
    limits: connection_limits::Behaviour,
    ping: ping::Behaviour,
    pub(super) exchange: Exchange,
}

impl Behaviour {
    pub(super) fn new(network: NetworkId, peers: &[Peer]) -> Result<Self, String> {
        let mut allowed = allow_block_list::Behaviour::default();
        for peer in peers {
            allowed.allow_peer(peer.peer);
        }
        let known = peers.iter().map(|peer| (peer.peer, peer.address.clone()));
        let limits = ConnectionLimits::default().with_max_established_per_peer(Some(CONNECTIONS_PER_PEER));
        let ping = ping::Config::new().with_interval(PING_INTERVAL).with_timeout(PING_TIMEOUT);
        let name = StreamProtocol::try_from_owned(format!("/medshare/{network}/node/1"));
        let name = name.map_err(|error| error.to_string())?;
        let longest = Protocol::ALL.into_iter().map(Protocol::timeout).max().unwrap_or_default();
        let config = request_response::Config::default()
            .with_request_timeout(longest)
            .with_max_concurrent_streams(STREAMS_PER_CONNECTION);
        Ok(Self {
            allowed,
            pending: Pending::new(PENDING_OF_STRANGERS, PENDING_OF_ADDRESS, known),
            limits: connection_limits::Behaviour::new(limits),
            ping: ping::Behaviour::new(ping),
            exchange: Exchange::new(&peers.iter().map(|peer| peer.peer).collect::<Vec<_>>(), &name, &config),
        })
    }
}
