//! The engine's parts, put together as its builder does, but for where its questions go and who may tell it something unasked.

use std::sync::Arc;

use arc_malachitebft_app_channel::app::config::NodeConfig as _;
use arc_malachitebft_app_channel::app::engine::consensus::ConsensusRef;
use arc_malachitebft_app_channel::app::engine::host::HostMsg;
use arc_malachitebft_app_channel::app::engine::network::NetworkRef;
use arc_malachitebft_app_channel::app::engine::node::NodeRef;
use arc_malachitebft_app_channel::app::engine::util::events::TxEvent;
use arc_malachitebft_app_channel::app::engine::util::output_port::{OutputPort, OutputPortSubscriberTrait as _};
use arc_malachitebft_app_channel::app::engine::wal::WalRef;
use arc_malachitebft_app_channel::app::metrics::{Metrics, SharedRegistry};
use arc_malachitebft_app_channel::app::spawn::{spawn_consensus_actor, spawn_node_actor, spawn_sync_actor};
use arc_malachitebft_app_channel::{ConsensusContext, EngineHandle};
use tokio::sync::mpsc;

use super::desk;
use crate::codec::WireCodec;
use crate::config::NodeConfig;
use crate::context::Context;

/// A running engine.
pub(super) struct Parts {
    /// What it asks its application.
    pub(super) questions: mpsc::Receiver<HostMsg<Context>>,
    /// Where it is told something unasked.
    pub(super) consensus: ConsensusRef<Context>,
    /// The root of its parts, which ends when one of them does.
    pub(super) handle: EngineHandle,
}

/// Starts what is missing beside network and write-ahead log. Whatever was started ends again when something does not start.
pub(super) async fn start(
    config: &NodeConfig,
    registry: &SharedRegistry,
    network: &NetworkRef<Context>,
    wal: &WalRef<Context>,
    voter: ConsensusContext<Context>,
) -> Result<Parts, String> {
    let metrics = Metrics::register(registry);
    let (root, ended) = spawn_node_actor(metrics.clone()).await.map_err(|error| error.to_string())?;
    network.link(root.get_cell());
    wal.link(root.get_cell());
    match below(&root, config, registry, metrics, network, wal, voter).await {
        Ok((questions, consensus)) => Ok(Parts { questions, consensus, handle: EngineHandle::new(root, ended) }),
        Err(error) => {
            root.get_cell().stop_children(None);
            root.stop(None);
            Err(error.to_string())
        }
    }
}

async fn below(
    root: &NodeRef,
    config: &NodeConfig,
    registry: &SharedRegistry,
    metrics: Metrics,
    network: &NetworkRef<Context>,
    wal: &WalRef<Context>,
    voter: ConsensusContext<Context>,
) -> eyre::Result<(mpsc::Receiver<HostMsg<Context>>, ConsensusRef<Context>)> {
    let (desk, questions) = desk::open().await?;
    desk.link(root.get_cell());
    let to_sync = Arc::new(OutputPort::new());
    let consensus = spawn_consensus_actor(
        Context,
        voter.address,
        config.consensus().clone(),
        voter.verifier,
        voter.signer,
        network.clone(),
        desk.clone(),
        wal.clone(),
        to_sync.clone(),
        metrics,
        TxEvent::new(),
        root.clone(),
    )
    .await?;
    consensus.link(root.get_cell());
    let (network, to_consensus) = (network.clone(), consensus.clone());
    let sync = spawn_sync_actor(Context, network, desk, to_consensus, WireCodec, config.value_sync(), registry).await?;
    if let Some(sync) = sync {
        sync.link(root.get_cell());
        sync.subscribe_to_port(&to_sync);
    }
    Ok((questions, consensus))
}
