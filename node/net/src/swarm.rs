//! Runs the libp2p swarm.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use libp2p::identity::Keypair;
use libp2p::request_response::{Event, Message, OutboundFailure, OutboundRequestId, ResponseChannel};
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, SwarmEvent};
use libp2p::{Multiaddr, PeerId, Swarm, SwarmBuilder, noise, ping, tcp, yamux};
use medshare_ledger::id::{NetworkId, NodeId};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::address::{self, AddressError};
use super::behaviour::{Behaviour, BehaviourEvent};
use super::budget::Share;
use super::frame::{Answer, Question};
use super::handle::{AnswerTo, Command, Incoming, NetError, NetworkHandle};
use super::peers::{Peer, Peers};
use super::protocol::Protocol;
use super::slot::Slot;

/// Questions of other nodes that wait to be handled; more are refused.
const INCOMING: usize = 256;
/// Commands of this node that wait to be sent.
const COMMANDS: usize = 256;
/// How often it is looked up who has to be dialled.
const TICK: Duration = Duration::from_millis(125);
/// Connections are kept although nothing is said.
const IDLE: Duration = Duration::from_secs(365 * 24 * 3600);

/// What the network is started with.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    /// Nodes of other networks are not understood.
    pub network: NetworkId,
    /// Address to listen at, as in `/ip4/0.0.0.0/tcp/7001`.
    pub listen: Multiaddr,
    /// This node's key for connections.
    pub keypair: Keypair,
    /// The other nodes: only these are let in.
    pub peers: Vec<Peer>,
}

/// Why the network does not start.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// libp2p refused its configuration.
    #[error("the node network does not start: {reason}")]
    Setup {
        /// What it said.
        reason: String,
    },
}

/// Starts the network: a handle for questions of this node, and the questions of others.
///
/// # Errors
/// When the address is taken or unusable.
pub fn start(config: NetworkConfig) -> Result<(NetworkHandle, mpsc::Receiver<Incoming>), NetworkError> {
    let setup = |reason: String| NetworkError::Setup { reason };
    address::check("exchange", &config.listen)?;
    let behaviour = Behaviour::new(config.network, &config.peers).map_err(setup)?;
    let mut swarm = SwarmBuilder::with_existing_identity(config.keypair)
        .with_tokio()
        .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, yamux::Config::default)
        .map_err(|error| setup(error.to_string()))?
        .with_behaviour(|_| behaviour)
        .map_err(|error| setup(error.to_string()))?
        .with_swarm_config(|swarm| swarm.with_idle_connection_timeout(IDLE))
        .build();
    swarm.listen_on(config.listen).map_err(|error| setup(error.to_string()))?;
    let peers = Peers::new(&config.peers);
    let (commands, waiting) = mpsc::channel(COMMANDS);
    let (incoming, questions) = mpsc::channel(INCOMING);
    let handle = NetworkHandle::new(commands, peers.statuses());
    let task = Task {
        network: config.network,
        swarm,
        peers,
        incoming,
        asked: HashMap::new(),
        answers: FuturesUnordered::new(),
    };
    tokio::spawn(task.run(waiting));
    Ok((handle, questions))
}

/// A question of ours that is under way.
struct Asked {
    protocol: Protocol,
    /// None for what is told without waiting.
    answer: Option<AnswerTo>,
    since: Instant,
    _slot: Slot,
}

impl Asked {
    /// Whether nobody waits for the answer any more.
    fn is_given_up(&self) -> bool {
        self.answer.as_ref().map_or_else(|| self.since.elapsed() >= self.protocol.timeout(), AnswerTo::is_closed)
    }
}

type Ready = (PeerId, Protocol, ResponseChannel<Answer>, Option<Vec<u8>>);

struct Task {
    network: NetworkId,
    swarm: Swarm<Behaviour>,
    peers: Peers,
    incoming: mpsc::Sender<Incoming>,
    /// Questions of ours; their numbers are unique among one peer's.
    asked: HashMap<(PeerId, OutboundRequestId), Asked>,
    /// Answers that handlers are working on.
    answers: FuturesUnordered<BoxFuture<'static, Ready>>,
}

impl Task {
    async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut tick = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => return,
                },
                event = self.swarm.select_next_some() => self.react(event),
                Some(ready) = self.answers.next() => self.answer(ready),
                _ = tick.tick() => self.dial(),
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Ask { node, protocol, own, bytes, answer } => {
                let refused = match self.peers.peer(node) {
                    None => NetError::UnknownNode { node },
                    Some(peer) if !self.peers.is_connected(&peer) => NetError::NotConnected { node },
                    Some(peer) if !self.begin(&peer, protocol) => NetError::Busy { node },
                    Some(peer) => return self.ask(peer, protocol, (own, bytes), Some(answer)),
                };
                // Whoever asked may have gone.
                answer.send(Err(refused)).ok();
            }
            Command::Tell { protocol, bytes } => {
                for peer in self.peers.connected() {
                    if self.begin(&peer, protocol) {
                        self.ask(peer, protocol, (Bytes::new(), bytes.clone()), None);
                    }
                }
            }
        }
    }

    /// Takes a slot for a question. Those of questions that were given up are free again: no longer than somebody waits for an answer
    /// does the peer that owes it keep others from being asked.
    fn begin(&mut self, peer: &PeerId, protocol: Protocol) -> bool {
        if self.peers.begin_question(peer, protocol) {
            return true;
        }
        let given_up = self.asked.extract_if(|(of, _), asked| of == peer && asked.is_given_up());
        for (_, asked) in given_up {
            self.peers.end_question(peer, asked.protocol);
        }
        self.peers.begin_question(peer, protocol)
    }

    fn ask(&mut self, peer: PeerId, protocol: Protocol, (own, bytes): (Bytes, Bytes), answer: Option<AnswerTo>) {
        let (slot, end) = Slot::new();
        let question = Question { protocol, own, bytes, share: Share::default(), slot: Some(end) };
        if let Some(id) = self.swarm.behaviour_mut().exchange.send_request(&peer, question) {
            self.asked.insert((peer, id), Asked { protocol, answer, since: Instant::now(), _slot: slot });
        }
    }

    fn react(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Exchange(event)) => self.exchange(event),
            SwarmEvent::Behaviour(BehaviourEvent::Ping(ping::Event { connection, result: Err(error), .. })) => {
                self.close(connection, &error.to_string());
            }
            SwarmEvent::ConnectionEstablished { peer_id, .. } => self.peers.set_connected(&peer_id, true),
            SwarmEvent::ConnectionClosed { peer_id, num_established: 0, .. } => {
                self.peers.set_connected(&peer_id, false);
            }
            SwarmEvent::IncomingConnectionError { error, .. } => {
                tracing::debug!(%error, "a connection was refused");
            }
            SwarmEvent::OutgoingConnectionError { peer_id, error, .. } => {
                tracing::debug!(?peer_id, %error, "a node cannot be reached");
            }
            SwarmEvent::ListenerClosed { reason, .. } => {
                tracing::error!(?reason, "the node network does not listen any more");
            }
            _ => {}
        }
    }

    fn close(&mut self, connection: ConnectionId, reason: &str) {
        tracing::debug!(reason, "a connection is dead");
        self.swarm.close_connection(connection);
    }

    fn exchange(&mut self, event: Event<Question, Answer>) {
        match event {
            Event::Message { peer, message: Message::Request { request, channel, .. }, .. } => {
                self.take_question(&peer, request, channel);
            }
            Event::Message { peer, message: Message::Response { request_id, response }, .. } => {
                self.peers.set_foreign(&peer, self.network, false);
                self.conclude(&peer, request_id, |node, asked| match response.protocol == asked {
                    true => Ok(response.bytes),
                    false => Err(NetError::NoAnswer { node, reason: "the answer is of another protocol".to_owned() }),
                });
            }
            Event::OutboundFailure { peer, request_id, error, .. } => {
                if matches!(error, OutboundFailure::UnsupportedProtocols) {
                    self.peers.set_foreign(&peer, self.network, true);
                }
                self.conclude(&peer, request_id, |node, _| Err(NetError::NoAnswer { node, reason: error.to_string() }));
            }
            Event::InboundFailure { error, .. } => {
                tracing::debug!(%error, "a question was not answered")
            }
            Event::ResponseSent { .. } => {}
        }
    }

    fn take_question(&mut self, peer: &PeerId, question: Question, channel: ResponseChannel<Answer>) {
        let Some(from) = self.peers.node(peer) else {
            return;
        };
        let Question { protocol, bytes, share, .. } = question;
        if !self.peers.begin_answer(peer, protocol) {
            tracing::debug!(%from, ?protocol, "too many questions of one node are being answered, so one was refused");
            return;
        }
        let (reply, answered) = oneshot::channel();
        if self.incoming.try_send(Incoming { from, protocol, bytes, reply, share }).is_err() {
            tracing::debug!(%from, "too many questions wait already, so one was refused");
            self.peers.end_answer(peer, protocol);
            return;
        }
        let peer = *peer;
        self.answers.push(Box::pin(async move { (peer, protocol, channel, answered.await.ok()) }));
    }

    fn answer(&mut self, (peer, protocol, channel, bytes): Ready) {
        self.peers.end_answer(&peer, protocol);
        // Dropping the channel tells the other node that there is no answer.
        let Some(bytes) = bytes else { return };
        let limit = protocol.max_response_bytes();
        if bytes.len() > limit {
            tracing::error!(bytes = bytes.len(), limit, ?protocol, "an answer is too long to be sent");
            return;
        }
        let answer = Answer { protocol, bytes: bytes.into() };
        if !self.swarm.behaviour_mut().exchange.send_response(&peer, channel, answer) {
            tracing::debug!("the node that asked has gone");
        }
    }

    fn conclude(
        &mut self,
        peer: &PeerId,
        id: OutboundRequestId,
        result: impl FnOnce(NodeId, Protocol) -> Result<Bytes, NetError>,
    ) {
        let (Some(asked), Some(node)) = (self.asked.remove(&(*peer, id)), self.peers.node(peer)) else {
            return;
        };
        self.peers.end_question(peer, asked.protocol);
        if let Some(answer) = asked.answer {
            // Whoever asked may have gone.
            answer.send(result(node, asked.protocol)).ok();
        }
    }

    fn dial(&mut self) {
        for (peer, address) in self.peers.due(Instant::now()) {
            let options = DialOpts::peer_id(peer)
                .condition(PeerCondition::DisconnectedAndNotDialing)
                .addresses(vec![address])
                .build();
            if let Err(error) = self.swarm.dial(options) {
                tracing::debug!(%error, "a node is not dialled now");
            }
        }
    }
}
