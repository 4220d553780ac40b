//! Proxy keys: taken from authorities for grants on the ledger, deleted when the ledger takes the grants away.
//!
//! Nothing is kept or deleted by a state that the other nodes have not confirmed. While a node fetches its log again, it passes grants of long
//! ago: a delivery that somebody overheard then would fit, and take the place of the key in force.

mod asking;
mod delivery;
mod keeping;
mod message;

pub use asking::fetch;
pub use delivery::deliver;

use crate::catching_up::confirmed;
use crate::gates::Bringer;
use crate::services::Services;
use delivery::{grant_of, is_needed, own_copy};
use keeping::{keep, react, reconcile};
use medshare_crypto::abe::{ProxyKey, Registration, VerifiedRegistration};
use medshare_crypto::policy::AttributeName;
use medshare_exchange::proxy_key::{proxy_key_commitment, seal_proxy_key};
use medshare_ledger::codec;
use medshare_ledger::id::{NodeId, RequestorId};
use medshare_node_chain::Chain;
use medshare_node_consensus::Fault;
use medshare_node_processing::blocking::blocking;
use medshare_node_refusal::{Code, Refusal};
use message::Message;
use rand_core::OsRng;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What this node holds of a requestor's proxy keys, of some attributes.
pub struct Held {
    /// Those that the ledger's grants cover.
    pub keys: Vec<ProxyKey>,
    /// Attributes that the ledger says she has, and whose keys this node lacks.
    pub lacking: Vec<String>,
}

/// Answers another node.
///
/// # Errors
/// [`Refusal`] when the message is malformed or asks for what no grant covers.
pub async fn answer(services: &Arc<Services>, from: NodeId, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let message = codec::decode(bytes).map_err(|e| Refusal::new(Code::Malformed, e.to_string()))?;
    match message {
        Message::Deliver(delivery) => {
            confirmed(services).await?;
            let look = move |services: &Arc<Services>| match is_needed(services, &delivery)? {
                true => own_copy(services, &delivery).map(|key| Some((delivery, key))),
                false => Ok(None),
            };
            let Some((delivery, key)) = Bringer::Node(from).looked(services, false, look).await? else {
                return Ok(Vec::new());
            };
            let grant = grant_of(&delivery)?.clone();
            let hash = delivery.grant.hash();
            services.submission.outcome(hash, medshare_node_submission::DECISION_LIMIT).await?;
            let services = Arc::clone(services);
            let keeping = move || keep(&services.chain, &services.private, &grant.attribute, grant.requestor, &key);
            blocking(keeping).await.map(|()| Vec::new())
        }
        Message::Want { requestor, attribute } => {
            let services = Arc::clone(services);
            blocking(move || letter(&services, from, requestor, &attribute)).await
        }
    }
}

/// A key of a grant, as a letter to the node that lacks it.
fn letter(services: &Services, to: NodeId, requestor: RequestorId, attribute: &str) -> Result<Vec<u8>, Refusal> {
    let granted = services.chain.state().grant(requestor, attribute)?;
    match (granted, services.private.proxy_key(requestor, attribute)?) {
        (Some(grant), Some(key)) if proxy_key_commitment(&key) == grant.proxy_key => sealed_to(services, to, &key),
        _ => Err(Refusal::not_found("proxy key")),
    }
}

/// The requestor's proxy keys for these attributes that the ledger's grants cover, as far as they are here.
///
/// # Errors
/// [`Refusal`] when the store or the ledger cannot be read.
pub fn held(services: &Services, requestor: RequestorId, wanted: &BTreeSet<AttributeName>) -> Result<Held, Refusal> {
    let state = services.chain.state();
    let attributes = state.access(requestor)?.unwrap_or_default().attributes.into_iter();
    let here = services.private.proxy_keys(requestor)?;
    let mut held = Held { keys: Vec::new(), lacking: Vec::new() };
    for attribute in attributes.filter(|name| name.parse().is_ok_and(|name| wanted.contains(&name))) {
        let Some(grant) = state.grant(requestor, &attribute)? else { continue };
        match here.iter().find(|(name, key)| *name == attribute && proxy_key_commitment(key) == grant.proxy_key) {
            Some((_, key)) => held.keys.extend(ProxyKey::from_bytes(key).ok()),
            None => held.lacking.push(attribute),
        }
    }
    Ok(held)
}

/// The requestor's registration, as it was verified when it entered the ledger.
///
/// # Errors
/// [`Refusal`] when she is not registered.
pub fn registration(chain: &Chain, requestor: RequestorId) -> Result<VerifiedRegistration, Refusal> {
    let unknown = || Refusal::new(Code::UnknownKey, "the requestor is not registered");
    let record = chain.state().identity(requestor)?.ok_or_else(unknown)?;
    let registration = Registration::from_bytes(&record.identity.registration).map_err(|_| unknown())?;
    registration.verify().map_err(|_| unknown())
}

/// Follows the ledger: whenever it takes a requestor's grants away, her proxy keys are deleted here.
///
/// Only once this node's state is the network's. A state that lacks its last heights, or all of them, knows nothing of grants that
/// stand, and executes revocations that later grants have overtaken.
pub async fn follow(services: Arc<Services>) {
    services.others.confirmed().await;
    let mut effects = services.chain.effects();
    aside(&services, reconcile).await;
    tokio::spawn(asking::fetch_all(Arc::clone(&services)));
    loop {
        match effects.recv().await {
            Ok(batch) => {
                aside(&services, move |services| batch.iter().for_each(|effect| react(services, effect))).await
            }
            Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => aside(&services, reconcile).await,
            Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
        }
    }
}

/// Reads and writes beside the threads that the network is served with. Where it falls, keys may be here that no grant covers.
async fn aside(services: &Arc<Services>, work: impl FnOnce(&Services) + Send + 'static) {
    let working = Arc::clone(services);
    if let Err(refusal) = blocking(move || {
        work(&working);
        Ok(())
    })
    .await
        && refusal.code != Code::Stopping
    {
        services.halt.raise(Fault::new("delete proxy keys", refusal));
    }
}

/// A proxy key as a letter to the node that asks for it.
fn sealed_to(services: &Services, node: NodeId, key: &[u8]) -> Result<Vec<u8>, Refusal> {
    let unknown = || Refusal::not_found("node");
    let validator = services.chain.facts().validator(node).ok_or_else(unknown)?;
    seal_proxy_key(key, node, &validator.sealing_key, &mut OsRng).map(|copy| copy.sealed).map_err(|_| unknown())
}

#[cfg(test)]
mod tests;
