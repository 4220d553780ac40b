//! Incoming connections whose handshake is not done, counted by address: one that opens many and says nothing keeps nobody else out.

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

/// An address has as many as it may.
#[derive(Debug, thiserror::Error)]
#[error("too many connections of {0} have not said who they are")]
struct TooMany(IpAddr);

/// Bounds them.
pub(super) struct PendingByAddress {
    most: usize,
    pending: HashMap<ConnectionId, IpAddr>,
}

impl PendingByAddress {
    /// At most so many of one address.
    pub(super) fn new(most: usize) -> Self {
        Self { most, pending: HashMap::new() }
    }
}

fn ip(address: &Multiaddr) -> Option<IpAddr> {
    address.iter().find_map(|part| match part {
        Protocol::Ip4(ip) => Some(ip.into()),
        Protocol::Ip6(ip) => Some(ip.into()),
        _ => None,
    })
}

impl NetworkBehaviour for PendingByAddress {
    type ConnectionHandler = ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        connection: ConnectionId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        let Some(ip) = ip(remote) else { return Ok(()) };
        if self.pending.values().filter(|other| **other == ip).count() >= self.most {
            return Err(ConnectionDenied::new(TooMany(ip)));
        }
        self.pending.insert(connection, ip);
        Ok(())
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.pending.remove(&connection);
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

    #[test]
    fn one_address_does_not_keep_another_out() {
        let mut pending = PendingByAddress::new(2);
        let local: Multiaddr = "/ip4/127.0.0.1/tcp/1".parse().unwrap();
        let mut come = |number: usize, from: &str| {
            let remote: Multiaddr = format!("/ip4/{from}/tcp/{}", 1000 + number).parse().unwrap();
            let connection = ConnectionId::new_unchecked(number);
            pending.handle_pending_inbound_connection(connection, &local, &remote).is_ok()
        };
        assert_eq!([1, 2, 3].map(|number| come(number, "10.0.0.1")), [true, true, false]);
        assert!(come(4, "10.0.0.2"));
        let done = pending.handle_established_inbound_connection(
            ConnectionId::new_unchecked(1),
            PeerId::random(),
            &local,
            &local,
        );
        done.unwrap();
        let remote: Multiaddr = "/ip4/10.0.0.1/tcp/2000".parse().unwrap();
        pending.handle_pending_inbound_connection(ConnectionId::new_unchecked(5), &local, &remote).unwrap();
        assert_eq!(pending.pending.len(), 3);
    }
}
