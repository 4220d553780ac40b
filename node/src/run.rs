//! Starting a node from its home, and keeping it running until it is told to stop or must halt.

use crate::authenticator::admission::{Admission, PolicyError};
use crate::chain::application::ChainApplication;
use crate::chain::{Chain, ChainError};
use crate::connectors::Connector;
use crate::connectors::folder::FolderConnector;
use crate::consensus::{self, EngineConfig, EngineHandle, Halt, HaltReason, HaltWatch, Timing, Wake};
use crate::home_lock::{HomeLock, HomeLockError};
use crate::metrics::Metrics;
use crate::net::{self, NetworkConfig, NetworkError, Peer};
use crate::packages::{Packages, leftovers};
use crate::private::PrivateStore;
use crate::processing::progress::Progress;
use crate::query::server::{GRACE, ServeError, bind, serve};
use crate::services::{CompiledContracts, Services};
use crate::store::fault::StoreFault;
use crate::submission::Submission;
use crate::{incoming, peer_heights, proxy_keys};
use libp2p::Multiaddr;
use medshare_deid::DeidConfig;
use medshare_genesis::config::{ConfigError, NodeConfig, PeerConfig};
use medshare_genesis::file;
use medshare_genesis::key_files::KeyError;
use medshare_genesis::keys::{NodeKeys, StoredKeys as _};
use medshare_ledger::facts::{FactsError, NetworkFacts};
use medshare_ledger::id::NodeId;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Without a height for so long, the node says so.
const STALLED_AFTER: Duration = Duration::from_secs(15);
/// How often the views are made durable; what is lost is executed again.
const FLUSH_INTERVAL: Duration = Duration::from_secs(5);

/// Why a node does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Configuration or genesis.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The genesis breaks a rule.
    #[error("the genesis is not valid")]
    Facts(#[from] FactsError),
    /// Another process has the home.
    #[error(transparent)]
    Home(#[from] HomeLockError),
    /// The node's key file.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key in the home belongs to no validator.
    #[error(
        "the node {node} is not a validator of this network's genesis; use the home that was made for this network"
    )]
    NotAValidator {
        /// NID of the key.
        node: NodeId,
    },
    /// Something in the configuration is not an address.
    #[error("config.toml: {field} of {name} is not valid: {reason}")]
    Address {
        /// Which field.
        field: &'static str,
        /// Whose.
        name: String,
        /// Why.
        reason: String,
    },
    /// The admission policies.
    #[error(transparent)]
    Admission(#[from] PolicyError),
    /// A de-identification configuration.
    #[error("the de-identification configuration of the data set {dataset} is not valid: {reason}")]
    Deid {
        /// Which data set.
        dataset: String,
        /// Why.
        reason: String,
    },
    /// The chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A store.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// The contracts' sandbox.
    #[error("this machine cannot run contracts")]
    Sandbox(#[from] medshare_contract_host::CodeRejection),
    /// The network between nodes.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// Consensus.
    #[error(transparent)]
    Consensus(#[from] consensus::StartError),
    /// HTTP.
    #[error(transparent)]
    Http(#[from] ServeError),
}

/// A running node.
pub struct Node {
    /// Its parts.
    pub services: Arc<Services>,
    engine: EngineHandle,
    http: axum_server::Handle<std::net::SocketAddr>,
    halted: HaltWatch,
    tasks: Vec<tokio::task::JoinHandle<()>>,
    _lock: HomeLock,
}

/// Starts the node of a home.
///
/// # Errors
/// [`StartError`] says what to mend.
pub async fn start(home: &Path, passphrase: Option<&[u8]>) -> Result<Node, StartError> {
    let config = NodeConfig::load(&home.join("config.toml"))?;
    let facts = Arc::new(NetworkFacts::new(file::load(&home.join("genesis.toml"))?)?);
    let keys = Arc::new(NodeKeys::load(&home.join("keys").join("node.key"), passphrase)?);
    let node = keys.id();
    if facts.validator(node).is_none() {
        return Err(StartError::NotAValidator { node });
    }
    let lock = HomeLock::take(home)?;
    let listener = bind(config.http_listen)?;
    let (halt, halted) = Halt::channel();
    let wake = Wake::new();
    let parameters = facts.parameters().clone();
    let chain = {
        let (home, facts) = (home.to_owned(), Arc::clone(&facts));
        let opened = tokio::task::spawn_blocking(move || Chain::open(&home, facts)).await;
        Arc::new(opened.map_err(|e| StoreFaultOrPanic(e).into_fault())??)
    };
    let keypair = network_keypair(&keys, &config)?;
    let (network, questions) = net::start(NetworkConfig {
        network: facts.network(),
        listen: address(&config.exchange_listen, "exchange_listen", &config.name)?,
        keypair: keypair.clone(),
        peers: config.peers.iter().map(exchange_peer).collect::<Result<_, _>>()?,
    })?;
    let signing = Arc::new(medshare_crypto::sign::SigningKey::from_seed(keys.signing.seed()));
    let private = Arc::new(PrivateStore::open(home)?);
    let services = Arc::new(Services {
        node,
        submission: Submission::new(Arc::clone(&chain), network.clone(), wake.clone(), Arc::clone(&signing)),
        packages: Packages::open(home)?,
        progress: Progress::new(Arc::clone(&private)),
        connectors: connectors(&config),
        deid_configs: deid_configs(&config)?,
        prepared: Default::default(),
        templates: Default::default(),
        policy_keys: Default::default(),
        contracts: CompiledContracts::new()?,
        admission: admission(&config)?,
        signatures: Default::default(),
        working: Arc::new(Semaphore::new(2 * std::thread::available_parallelism().map_or(1, usize::from))),
        metrics: Metrics::default(),
        halt: halt.clone(),
        turn: Default::default(),
        heights: Default::default(),
        signing: Arc::clone(&signing),
        chain: Arc::clone(&chain),
        network,
        private,
        keys,
        config: config.clone(),
    });
    let engine = consensus::start(
        EngineConfig {
            home: home.to_owned(),
            network: facts.network(),
            signing_key: signing,
            peer_key: keypair,
            listen: address(&config.consensus_listen, "consensus_listen", &config.name)?,
            peers: config.peers.iter().map(consensus_peer).collect::<Result<_, _>>()?,
            timing: Timing {
                target: Duration::from_millis(parameters.target_time_ms),
                propose: Duration::from_millis(parameters.propose_timeout_ms),
                ..Timing::default()
            },
            stalled_after: STALLED_AFTER,
            wake,
            halt,
        },
        ChainApplication::new(Arc::clone(&chain), node)?,
    )
    .await?;
    let http = axum_server::Handle::new();
    let tasks = vec![
        tokio::spawn(incoming::serve(Arc::clone(&services), questions)),
        tokio::spawn(proxy_keys::follow(Arc::clone(&services))),
        tokio::spawn(peer_heights::follow(Arc::clone(&services))),
        tokio::spawn(flush_views(Arc::clone(&chain))),
        tokio::spawn(leftovers::follow(Arc::clone(&services))),
        tokio::spawn(serve_http(listener, Arc::clone(&services), http.clone())),
    ];
    tracing::info!(node = %node, name = config.name, height = chain.tip().height.0, "the node runs");
    Ok(Node { services, engine, http, halted, tasks, _lock: lock })
}

impl Node {
    /// Waits until the node must halt; then it must not go on.
    pub async fn halted(&mut self) -> HaltReason {
        self.halted.raised().await
    }

    /// Stops in order: no new questions, then consensus, then the views are made durable.
    pub async fn stop(self) {
        self.http.graceful_shutdown(Some(GRACE));
        self.engine.stop().await;
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
        if let Err(error) = self.services.chain.views().store().flush() {
            tracing::warn!(%error, "the views could not be made durable; the next start rebuilds what is missing");
        }
    }
}

async fn serve_http(
    listener: std::net::TcpListener,
    services: Arc<Services>,
    handle: axum_server::Handle<std::net::SocketAddr>,
) {
    let tls = services.config.tls.clone();
    let halt = services.halt.clone();
    if let Err(error) = serve(listener, tls.as_ref(), services, handle).await {
        halt.raise(consensus::Fault::new("serve HTTP", error));
    }
}

async fn flush_views(chain: Arc<Chain>) {
    loop {
        tokio::time::sleep(FLUSH_INTERVAL).await;
        let chain = Arc::clone(&chain);
        let flushed = tokio::task::spawn_blocking(move || chain.views().store().flush()).await;
        if let Ok(Err(error)) = flushed {
            tracing::warn!(%error, "the views could not be made durable; a restart would rebuild what is missing");
        }
    }
}

struct StoreFaultOrPanic(tokio::task::JoinError);

impl StoreFaultOrPanic {
    fn into_fault(self) -> ChainError {
        ChainError::State(medshare_ledger::state::StateFault::store(self.0))
    }
}

fn network_keypair(keys: &NodeKeys, config: &NodeConfig) -> Result<libp2p::identity::Keypair, StartError> {
    keys.network_keypair().ok_or_else(|| StartError::Address {
        field: "network key",
        name: config.name.clone(),
        reason: "the key file's network key is not usable".to_owned(),
    })
}

fn address(text: &str, field: &'static str, name: &str) -> Result<Multiaddr, StartError> {
    text.parse().map_err(|e: libp2p::multiaddr::Error| StartError::Address {
        field,
        name: name.to_owned(),
        reason: format!("{e}; expected an address like /ip4/127.0.0.1/tcp/7000"),
    })
}

fn consensus_peer(peer: &PeerConfig) -> Result<Multiaddr, StartError> {
    address(&format!("{}/p2p/{}", peer.consensus, peer.peer_id), "consensus", &peer.name)
}

fn exchange_peer(peer: &PeerConfig) -> Result<Peer, StartError> {
    let invalid = |field: &'static str, reason: String| StartError::Address { field, name: peer.name.clone(), reason };
    Ok(Peer {
        node: peer.node.parse().map_err(|e: medshare_ledger::id::IdError| invalid("node", e.to_string()))?,
        peer: peer.peer_id.parse().map_err(|_| invalid("peer_id", "expected a peer id".to_owned()))?,
        address: address(&peer.exchange, "exchange", &peer.name)?,
    })
}

fn connectors(config: &NodeConfig) -> HashMap<String, Arc<dyn Connector>> {
    let connector = |folder: &Path| -> Arc<dyn Connector> { Arc::new(FolderConnector::new(folder.to_owned())) };
    config.sources.iter().map(|source| (source.dataset.clone(), connector(&source.folder))).collect()
}

fn deid_configs(config: &NodeConfig) -> Result<HashMap<String, DeidConfig>, StartError> {
    let mut configs = HashMap::new();
    for source in &config.sources {
        let Some(path) = &source.deid else { continue };
        let invalid = |reason: String| StartError::Deid { dataset: source.dataset.clone(), reason };
        let text = std::fs::read_to_string(path).map_err(|e| invalid(format!("{}: {e}", path.display())))?;
        configs.insert(source.dataset.clone(), toml::from_str(&text).map_err(|e| invalid(e.to_string()))?);
    }
    Ok(configs)
}

fn admission(config: &NodeConfig) -> Result<Admission, StartError> {
    let text = config.admission_policies.as_ref().map(|path| {
        std::fs::read_to_string(path).map_err(|source| ConfigError::Io { action: "read", path: path.clone(), source })
    });
    Ok(Admission::new(text.transpose()?.as_deref())?)
}
