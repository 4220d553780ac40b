//! Starting a node from its home, and keeping it running until it is told to stop or must halt.

mod error;
mod open_files;
mod settings;
mod sources;

pub use error::StartError;

use crate::application::ChainApplication;
use crate::application::own_thread::OwnThreads;
use crate::gates::Gates;
use crate::metrics::Metrics;
use crate::others::Others;
use crate::others::asking::Asking;
use crate::query::certificate;
use crate::query::connections::Connections;
use crate::query::server::{GRACE, bind, serve};
use crate::rooms::{Bodies, Unread};
use crate::services::Services;
use crate::stalled::stalled_after;
use crate::under_way::places::Places;
use crate::{incoming, instances, proxy_keys, reports, unfinished};
use futures::future::LocalBoxFuture;
use medshare_genesis::config::NodeConfig;
use medshare_genesis::file;
use medshare_genesis::keys::{NodeKeys, StoredKeys as _};
use medshare_ledger::facts::NetworkFacts;
use medshare_node_chain::{Chain, ChainError};
use medshare_node_consensus::{
    self as consensus, EngineConfig, EngineHandle, Halt, HaltReason, HaltWatch, Neighbours, Timing, Wake,
};
use medshare_node_net::{self as net, NetworkConfig};
use medshare_node_processing::ProcessingNode;
use medshare_node_processing::packages::{Packages, leftovers};
use medshare_node_processing::progress::Progress;
use medshare_node_processing::working::Working;
use medshare_node_store::fault::StoreFault;
use medshare_node_store::home_lock::HomeLock;
use medshare_node_store::private::PrivateStore;
use medshare_node_store::rights;
use medshare_node_submission::Submission;
use settings::{Addresses, admission};
use sources::Sources;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const CONFIG: &str = "config.toml";
/// How often the views are made durable; what is lost is executed again.
const FLUSH_INTERVAL: Duration = Duration::from_secs(5);

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
/// Boxed, so that all of a node is compiled with this crate and not once more with whoever starts it.
///
/// # Errors
/// [`StartError`] says what to mend.
pub fn start<'a>(home: &'a Path, passphrase: Option<&'a [u8]>) -> LocalBoxFuture<'a, Result<Node, StartError>> {
    Box::pin(open(home, passphrase))
}

async fn open(home: &Path, passphrase: Option<&[u8]>) -> Result<Node, StartError> {
    let open_files = open_files::raise();
    let config = NodeConfig::load(&home.join(CONFIG))?;
    let facts = Arc::new(NetworkFacts::new(file::load(&home.join("genesis.toml"))?)?);
    let keys = Arc::new(NodeKeys::load(&home.join("keys").join("node.key"), passphrase)?);
    let node = keys.id();
    if facts.validator(node).is_none() {
        return Err(StartError::NotAValidator { node });
    }
    let sources = Sources::of(&config.sources, facts.genesis(), node, &home.join(CONFIG))?;
    let lock = HomeLock::take(home)?;
    rights::close(home)?;
    let tls = config.tls.as_ref().map(certificate::load).transpose()?;
    let listener = bind(config.http_listen)?;
    let (halt, halted) = Halt::channel();
    let wake = Wake::new();
    let parameters = facts.parameters().clone();
    let chain = {
        let (home, stated) = (home.to_owned(), Arc::clone(&facts));
        let opened = tokio::task::spawn_blocking(move || Chain::open(&home, stated)).await;
        let opened = opened.map_err(|e| StoreFaultOrPanic(e).into_fault()).flatten();
        Arc::new(opened.map_err(|error| StartError::of_chain(error, facts.genesis()))?)
    };
    let keypair = keys.network_keypair().ok_or(StartError::NetworkKey)?;
    let addresses = Addresses { path: &home.join(CONFIG) };
    let (network, questions) = net::start(NetworkConfig {
        network: facts.network(),
        listen: addresses.parse("exchange_listen", &config.exchange_listen)?,
        keypair: keypair.clone(),
        peers: config.peers.iter().map(|peer| addresses.exchange_peer(peer)).collect::<Result<_, _>>()?,
    })?;
    let signing = Arc::new(medshare_crypto::sign::SigningKey::from_seed(keys.signing.seed()));
    let private = Arc::new(PrivateStore::open(home)?);
    let packages = Arc::new(Packages::open(home)?);
    let (others, neighbours) = (Arc::new(Others::default()), Neighbours::default());
    let submission = {
        let wake = wake.clone();
        Submission::new(Arc::clone(&chain), network.clone(), move || wake.wake(), Arc::clone(&signing))
    };
    let submission = Arc::new(submission);
    let processing = Arc::new(ProcessingNode {
        node,
        keys: Arc::clone(&keys),
        signing: Arc::clone(&signing),
        chain: Arc::clone(&chain),
        network: network.clone(),
        submission: Arc::clone(&submission),
        packages: Arc::clone(&packages),
        progress: Progress::open(Arc::clone(&private), Arc::clone(&chain))?,
        connectors: sources.connectors,
        deid_configs: sources.deid_configs,
        prepared: Default::default(),
        policy_keys: Default::default(),
        working: Working::new(2 * std::thread::available_parallelism().map_or(1, usize::from)),
        second_nodes: Default::default(),
    });
    let (most, of_one_address) = open_files::connections(&config.http, open_files);
    let services = Arc::new(Services {
        node,
        templates: Default::default(),
        memories: Default::default(),
        under_way: Default::default(),
        handed_on: Places::of_requests(),
        deliveries: Places::of_deliveries(),
        admission: admission(&config)?,
        signatures: Default::default(),
        gates: Gates::new(most),
        instances: Default::default(),
        bodies: Bodies::new(most, of_one_address),
        unread: Unread::new(most, of_one_address),
        metrics: Metrics::default(),
        halt: halt.clone(),
        others: Arc::clone(&others),
        progress: Default::default(),
        signing: Arc::clone(&signing),
        chain: Arc::clone(&chain),
        network: network.clone(),
        packages: Arc::clone(&packages),
        config: config.clone(),
        submission,
        processing,
        private,
        keys,
    });
    let engine = consensus::start(
        EngineConfig {
            home: home.to_owned(),
            network: facts.network(),
            signing_key: signing,
            peer_key: keypair,
            listen: addresses.parse("consensus_listen", &config.consensus_listen)?,
            peers: config.peers.iter().map(|peer| addresses.consensus_peer(peer)).collect::<Result<_, _>>()?,
            timing: Timing {
                target: Duration::from_millis(parameters.target_time_ms),
                propose: Duration::from_millis(parameters.propose_timeout_ms),
                ..Timing::default()
            },
            stalled_after: stalled_after(&parameters),
            wake,
            neighbours: neighbours.clone(),
            halt: halt.clone(),
        },
        ChainApplication::new(Arc::clone(&chain), node, OwnThreads::start().map_err(StartError::Thread)?)
            .map_err(StartError::Chain)?,
    )
    .await?;
    // It is set here alone.
    drop(services.progress.set(engine.watch_progress()));
    let asking = Asking {
        chain: Arc::clone(&chain),
        network,
        others,
        neighbours,
        progress: engine.watch_progress(),
        halt: halt.clone(),
    };
    let http = axum_server::Handle::new();
    let connections = Connections::new(most, of_one_address);
    let tasks = vec![
        tokio::spawn(incoming::serve(Arc::clone(&services), questions)),
        tokio::spawn(proxy_keys::follow(Arc::clone(&services))),
        tokio::spawn(asking.follow()),
        tokio::spawn(flush_views(Arc::clone(&chain), halt)),
        tokio::spawn(leftovers::follow(packages, Arc::clone(&chain), node)),
        tokio::spawn(instances::telling::follow(Arc::clone(&services))),
        tokio::spawn(unfinished::follow(Arc::clone(&services))),
        tokio::spawn(reports::leftovers::follow(Arc::clone(&services))),
        tokio::spawn(serve_http(listener, tls, Arc::clone(&services), connections, http.clone())),
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
        if let Err(error) = self.services.chain.flush_views() {
            tracing::warn!(%error, "the views could not be made durable; the next start rebuilds what is missing");
        }
    }
}

async fn serve_http(
    listener: std::net::TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    services: Arc<Services>,
    connections: Arc<Connections>,
    handle: axum_server::Handle<std::net::SocketAddr>,
) {
    let halt = services.halt.clone();
    if let Err(error) = serve(listener, tls, services, connections, handle).await {
        halt.raise(consensus::Fault::new("serve HTTP", error));
    }
}

async fn flush_views(chain: Arc<Chain>, halt: Halt) {
    loop {
        tokio::time::sleep(FLUSH_INTERVAL).await;
        let flushing = Arc::clone(&chain);
        let flushed = tokio::task::spawn_blocking(move || flushing.flush_views()).await;
        match flushed {
            Ok(Err(StoreFault::Damaged { path, reason })) => {
                let advice = format!(
                    "{} is damaged: {reason}; start the node again, and it rebuilds its views from its log",
                    path.display()
                );
                return halt.raise(consensus::Fault::new("reading the views", advice));
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "the views could not be made durable; a restart would rebuild what is missing");
            }
            Ok(Ok(())) | Err(_) => {}
        }
    }
}

struct StoreFaultOrPanic(tokio::task::JoinError);

impl StoreFaultOrPanic {
    fn into_fault(self) -> ChainError {
        ChainError::State(medshare_ledger::state::StateFault::store(self.0))
    }
}
