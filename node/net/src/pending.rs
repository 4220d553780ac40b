//! Incoming connections whose handshake is not done, counted by where they come from: those that open many and say nothing keep nobody
//! else out, and however many addresses they have, not those from where the network's nodes come.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::task::{Context, Poll};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::behaviour::ListenFailure;
use libp2p::swarm::dummy::ConnectionHandler;
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId};

use super::subnet::Subnet;

/// There are as many as may be.
#[derive(Debug, thiserror::Error)]
enum TooMany {
    #[error("too many connections of {0} have not said who they are")]
    OfOne(Subnet),
    #[error("too many connections have not said who they are, and none of this network's nodes came from {0} before")]
    OfStrangers(Subnet),
}

/// Bounds them.
pub(super) struct Pending {
    of_strangers: usize,
    of_one: usize,
    pending: HashMap<ConnectionId, Subnet>,
    /// Where each of the network's nodes is, as far as it is known.
    nodes: HashMap<PeerId, Subnet>,
}

impl Pending {
    /// At most so many of strangers, and of one subnet; where `nodes` are is known from the start where their addresses say it.
    pub(super) fn new(of_strangers: usize, of_one: usize, nodes: impl Iterator<Item = (PeerId, Multiaddr)>) -> Self {
        let nodes = nodes.filter_map(|(peer, address)| Some((peer, subnet(&address)?))).collect();
        Self { of_strangers, of_one, pending: HashMap::new(), nodes }
    }

    fn admit(&self, subnet: Subnet) -> Result<(), TooMany> {
        if self.pending.values().filter(|other| **other == subnet).count() >= self.of_one {
            return Err(TooMany::OfOne(subnet));
        }
        let is_known = |subnet: &Subnet| self.nodes.values().any(|node| node == subnet);
        if !is_known(&subnet) && self.pending.values().filter(|other| !is_known(other)).count() >= self.of_strangers {
            return Err(TooMany::OfStrangers(subnet));
        }
        Ok(())
    }
}

fn subnet(address: &Multiaddr) -> Option<Subnet> {
    let ip: Option<IpAddr> = address.iter().find_map(|part| match part {
        Protocol::Ip4(ip) => Some(ip.into()),
        Protocol::Ip6(ip) => Some(ip.into()),
        _ => None,
    });
    ip.map(Subnet::of)
}

impl NetworkBehaviour for Pending {
    type ConnectionHandler = ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        connection: ConnectionId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        let Some(subnet) = subnet(remote) else { return Ok(()) };
        self.admit(subnet).map_err(ConnectionDenied::new)?;
        self.pending.insert(connection, subnet);
        Ok(())
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.pending.remove(&connection);
        // Only the network's nodes come so far. One may be behind another address than the configuration says.
        self.nodes.extend(subnet(remote).map(|subnet| (peer, subnet)));
        Ok(ConnectionHandler)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(ConnectionHandler)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if let FromSwarm::ListenFailure(ListenFailure { connection_id, .. }) = event {
            self.pending.remove(&connection_id);
        }
    }

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: THandlerOutEvent<Self>) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn address(ip: &str) -> Multiaddr {
        let kind = if ip.contains(':') { "ip6" } else { "ip4" };
        format!("/{kind}/{ip}/tcp/2000").parse().unwrap()
    }

    fn comes(pending: &mut Pending, number: usize, from: &str) -> bool {
        let (connection, local) = (ConnectionId::new_unchecked(number), address("127.0.0.1"));
        pending.handle_pending_inbound_connection(connection, &local, &address(from)).is_ok()
    }

    fn is_known(pending: &mut Pending, number: usize, peer: PeerId, from: &str) {
        let (connection, local) = (ConnectionId::new_unchecked(number), address("127.0.0.1"));
        pending.handle_established_inbound_connection(connection, peer, &local, &address(from)).unwrap();
    }

    #[test]
    fn one_address_does_not_keep_another_out() {
        let mut pending = Pending::new(100, 2, std::iter::empty());
        assert_eq!([1, 2, 3].map(|number| comes(&mut pending, number, "10.0.0.1")), [true, true, false]);
        assert!(comes(&mut pending, 4, "10.0.0.2"));
        is_known(&mut pending, 1, PeerId::random(), "10.0.0.1");
        assert!(comes(&mut pending, 5, "10.0.0.1"));
        assert_eq!(pending.pending.len(), 3);
        let one_network = [(6, "2001:db8::1"), (7, "2001:db8::2"), (8, "2001:db8::3")];
        assert_eq!(one_network.map(|(number, from)| comes(&mut pending, number, from)), [true, true, false]);
        assert!(comes(&mut pending, 9, "2001:db8:0:1::1"));
    }

    #[test]
    fn strangers_from_many_addresses_do_not_keep_the_networks_nodes_out() {
        let (node, moved) = (PeerId::random(), PeerId::random());
        let named = [(node, address("10.0.0.1")), (moved, "/dns4/node.example/tcp/2000".parse().unwrap())];
        let mut pending = Pending::new(4, 2, named.into_iter());
        // It came once, from an address that nobody had written down.
        assert!(comes(&mut pending, 1, "10.0.0.2"));
        is_known(&mut pending, 1, moved, "10.0.0.2");
        let strangers = (10..20).filter(|number| comes(&mut pending, *number, &format!("192.0.2.{number}")));
        let strangers = strangers.collect::<Vec<_>>().len();
        assert_eq!(strangers, 4);
        assert!(comes(&mut pending, 2, "10.0.0.1") && comes(&mut pending, 3, "10.0.0.2"));
        assert!(!comes(&mut pending, 4, "10.0.0.3"), "nor do those nodes make room for more strangers");
    }
}
