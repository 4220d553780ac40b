//! Questions and answers, with every peer by itself: so that each has a budget of its own, whatever the others send.

use std::collections::BTreeMap;
use std::task::{Context, Poll};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::request_response::{Behaviour, Config, Event, OutboundRequestId, ProtocolSupport, ResponseChannel};
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId, StreamProtocol};

use super::budget::Budgets;
use super::frame::{Answer, FrameCodec, Question};

type OfPeer = Behaviour<FrameCodec>;

/// One exchange for each peer.
pub(super) struct Exchange(BTreeMap<PeerId, OfPeer>);

impl Exchange {
    /// With these peers, over streams of this name.
    pub(super) fn new(peers: &[PeerId], name: &StreamProtocol, config: &Config) -> Self {
        let budgets = Budgets::of(peers.len());
        let of_peer = |peer: &PeerId| {
            let support = [(name.clone(), ProtocolSupport::Full)];
            (*peer, Behaviour::with_codec(FrameCodec::new(budgets.of_a_peer()), support, config.clone()))
        };
        Self(peers.iter().map(of_peer).collect())
    }

    /// Asks a peer; the number is unique among this peer's. `None` for one that is not known.
    pub(super) fn send_request(&mut self, peer: &PeerId, question: Question) -> Option<OutboundRequestId> {
        Some(self.0.get_mut(peer)?.send_request(peer, question))
    }

    /// Answers a peer; says whether it is still there.
    pub(super) fn send_response(&mut self, peer: &PeerId, channel: ResponseChannel<Answer>, answer: Answer) -> bool {
        self.0.get_mut(peer).is_some_and(|exchange| exchange.send_response(channel, answer).is_ok())
    }

    fn known(&mut self, peer: &PeerId) -> Result<&mut OfPeer, ConnectionDenied> {
        self.0.get_mut(peer).ok_or_else(|| ConnectionDenied::new("the peer is not one of this network"))
    }
}

impl NetworkBehaviour for Exchange {
    type ConnectionHandler = <OfPeer as NetworkBehaviour>::ConnectionHandler;
    type ToSwarm = Event<Question, Answer>;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.known(&peer)?.handle_established_inbound_connection(connection, peer, local, remote)
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.known(&peer)?.handle_established_outbound_connection(connection, peer, address, role, port)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        let peer = match &event {
            FromSwarm::ConnectionEstablished(event) => Some(event.peer_id),
            FromSwarm::ConnectionClosed(event) => Some(event.peer_id),
            FromSwarm::AddressChange(event) => Some(event.peer_id),
            FromSwarm::DialFailure(event) => event.peer_id,
            // Of listeners and external addresses an exchange takes no notice.
            _ => None,
        };
        if let Some(exchange) = peer.and_then(|peer| self.0.get_mut(&peer)) {
            exchange.on_swarm_event(event);
        }
    }

    fn on_connection_handler_event(&mut self, peer: PeerId, connection: ConnectionId, event: THandlerOutEvent<Self>) {
        if let Some(exchange) = self.0.get_mut(&peer) {
            exchange.on_connection_handler_event(peer, connection, event);
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        let ready = self.0.values_mut().map(|exchange| exchange.poll(context)).find(Poll::is_ready);
        ready.unwrap_or(Poll::Pending)
    }
}
