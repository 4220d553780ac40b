//! What the engine is started with.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_malachitebft_app_channel::app::types::core::LinearTimeouts;
use arc_malachitebft_config::{
    ConsensusConfig, DiscoveryConfig, P2pConfig, ProtocolNames, PubSubProtocol, ValuePayload, ValueSyncConfig,
};
use bytesize::ByteSize;
use medshare_crypto::sign::SigningKey;
use medshare_ledger::id::{NetworkId, NodeId};
use medshare_node_net::{Keypair, Multiaddr};

use super::fault::Halt;
use super::limits::{MAX_GOSSIP_BYTES, MAX_SYNC_BYTES, SYNC_BATCHES};
use super::neighbours::Neighbours;
use super::pace::Wake;

/// How long consensus waits; the same at every node, from genesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// From the start of a height to the start of the next while nothing waits to be ordered.
    pub target: Duration,
    /// For the proposal of a round, before the round is given up. More than `target`, by the time that a proposal takes.
    pub propose: Duration,
    /// For votes that could still form a quorum.
    pub vote: Duration,
    /// By how much every further round of a height waits longer, for each of the two.
    pub step: Duration,
}

impl Default for Timing {
    /// For a local network.
    fn default() -> Self {
        let ms = Duration::from_millis;
        Self { target: ms(250), propose: ms(800), vote: ms(400), step: ms(200) }
    }
}

impl Timing {
    pub(super) fn to_engine(self) -> LinearTimeouts {
        LinearTimeouts {
            propose: self.propose,
            propose_delta: self.step,
            prevote: self.vote,
            prevote_delta: self.step,
            precommit: self.vote,
            precommit_delta: self.step,
            rebroadcast: self.propose + self.vote + self.vote,
            max_timeout: Duration::from_secs(10),
        }
    }
}

/// Everything that [`start`](super::start) needs besides the application.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// The node's home; consensus' files are in its folder `wal`.
    pub home: PathBuf,
    /// Network that votes count in.
    pub network: NetworkId,
    /// The validator's key, which votes are signed with.
    pub signing_key: Arc<SigningKey>,
    /// The peer's key, which connections are made with.
    pub peer_key: Keypair,
    /// Address to listen at, as in `/ip4/0.0.0.0/tcp/7000`.
    pub listen: Multiaddr,
    /// The other nodes, each address ending in `/p2p/<peer id>`: only these are let in.
    pub peers: Vec<Multiaddr>,
    /// How long to wait for what.
    pub timing: Timing,
    /// After how long without a decided height the watchdog speaks up.
    pub stalled_after: Duration,
    /// Where something that waits to be ordered is announced.
    pub wake: Wake,
    /// What is known of the other validators.
    pub neighbours: Neighbours,
    /// Where a failed safety effect is raised.
    pub halt: Halt,
}

impl EngineConfig {
    /// This node, by its key.
    #[must_use]
    pub fn node(&self) -> NodeId {
        NodeId::of_key(&self.signing_key.verifying_key())
    }

    pub(super) fn to_engine(&self, is_voting: bool) -> NodeConfig {
        let p2p = P2pConfig {
            listen_addr: self.listen.clone(),
            persistent_peers: self.peers.clone(),
            persistent_peers_only: true,
            discovery: DiscoveryConfig {
                enabled: false,
                // Several validators may stand behind one address; who is let in is decided by peer id.
                max_connections_per_ip: 2 * medshare_ledger::validator::MAX_VALIDATORS,
                ..DiscoveryConfig::default()
            },
            protocol: PubSubProtocol::Broadcast,
            pubsub_max_size: ByteSize::b(MAX_GOSSIP_BYTES as u64),
            rpc_max_size: ByteSize::b(MAX_SYNC_BYTES as u64),
            protocol_names: protocol_names(self.network),
            ..P2pConfig::default()
        };
        let consensus = ConsensusConfig {
            enabled: is_voting,
            p2p,
            value_payload: ValuePayload::ProposalAndParts,
            ..ConsensusConfig::default()
        };
        let sync = ValueSyncConfig {
            status_update_interval: Duration::from_secs(1),
            request_timeout: Duration::from_secs(5),
            max_request_size: ByteSize::kib(4),
            max_response_size: ByteSize::b(MAX_SYNC_BYTES as u64),
            parallel_requests: 2,
            batch_size: SYNC_BATCHES,
            ..ValueSyncConfig::default()
        };
        NodeConfig { moniker: self.node().to_string(), consensus, sync }
    }
}

/// Names with the network in them: nodes of two networks do not talk, even if one knows the other's address and key.
fn protocol_names(network: NetworkId) -> ProtocolNames {
    let name = |what: &str| format!("/medshare/{network}/{what}/1");
    ProtocolNames {
        consensus: name("consensus"),
        discovery_kad: name("discovery-kad"),
        discovery_regres: name("discovery"),
        sync: name("sync"),
        validator_proof: name("validator-proof"),
    }
}

/// The engine's own form of the configuration.
#[derive(Clone, Debug)]
pub(super) struct NodeConfig {
    moniker: String,
    consensus: ConsensusConfig,
    sync: ValueSyncConfig,
}

impl arc_malachitebft_app_channel::app::config::NodeConfig for NodeConfig {
    fn moniker(&self) -> &str {
        &self.moniker
    }

    fn consensus(&self) -> &ConsensusConfig {
        &self.consensus
    }

    fn consensus_mut(&mut self) -> &mut ConsensusConfig {
        &mut self.consensus
    }

    fn value_sync(&self) -> &ValueSyncConfig {
        &self.sync
    }

    fn value_sync_mut(&mut self) -> &mut ValueSyncConfig {
        &mut self.sync
    }
}
