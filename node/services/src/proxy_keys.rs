//! Proxy keys: taken from authorities for grants on the ledger, deleted when the ledger takes the grants away.

use crate::gates::Claim;
use crate::services::Services;
use bincode::{Decode, Encode};
use medshare_crypto::abe::{ProxyKey, Registration, VerifiedRegistration};
use medshare_crypto::hash::Hash32;
use medshare_crypto::seal::SealingPublicKey;
use medshare_exchange::proxy_key::{
    MAX_SEALED_PROXY_KEY_BYTES, ProxyKeyDelivery, open_proxy_key, proxy_key_commitment, seal_proxy_key,
};
use medshare_ledger::check::check_entry;
use medshare_ledger::codec;
use medshare_ledger::entry::{AttributeGrant, Entry};
use medshare_ledger::execution::Effect;
use medshare_ledger::id::{NodeId, RequestorId};
use medshare_node_chain::Chain;
use medshare_node_chain::mempool::Source;
use medshare_node_consensus::Fault;
use medshare_node_net::{Protocol, Subnet};
use medshare_node_processing::blocking::blocking;
use medshare_node_refusal::{Code, Refusal};
use medshare_node_store::private::PrivateStore;
use medshare_node_submission::refused;
use rand_core::OsRng;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Questions between nodes about proxy keys.
#[derive(Encode, Decode)]
enum Message {
    /// An authority's delivery, handed on.
    Deliver(Box<ProxyKeyDelivery>),
    /// A node lacks the key of a grant that it sees on the ledger. The answer is the key, sealed to that node.
    Want { requestor: RequestorId, attribute: String },
}

/// What a node holds of a requestor's proxy keys.
pub struct Held {
    /// Those that the ledger's grants cover.
    pub keys: Vec<ProxyKey>,
    /// Attributes that the ledger says she has, and whose keys neither this node nor another that it reaches has.
    pub lacking: Vec<String>,
}

/// Takes a delivery from an authority, which somebody at `subnet` hands in: submits its grant, keeps this node's key, hands the delivery on.
///
/// # Errors
/// [`Refusal`] when the grant breaks a rule or the copy for this node does not fit it.
pub async fn deliver(services: &Arc<Services>, subnet: Subnet, delivery: ProxyKeyDelivery) -> Result<Hash32, Refusal> {
    let (delivery, key) = {
        let checking = Arc::clone(services);
        let claim = Claim { signer: Some(Source::of(&delivery.grant)), ..subnet.into() };
        let work = move || own_copy(&checking, &delivery).map(|key| (delivery, key));
        services.gates.checks.pass(claim, work).await?
    };
    let hash = services.submission.submit_and_wait(delivery.grant.clone()).await?;
    let grant = grant_of(&delivery)?.clone();
    keep(&services.chain, &services.private, &grant.attribute, grant.requestor, &key)?;
    let message: bytes::Bytes = codec::encode(&Message::Deliver(Box::new(delivery))).into();
    // Every node has its key when the authority is told so; a node that is down asks for it later.
    let peers: Vec<NodeId> = peers(services);
    let sent = peers.into_iter().map(|node| services.network.request(node, Protocol::ProxyKeys, message.clone()));
    for result in futures::future::join_all(sent).await {
        if let Err(error) = result {
            tracing::warn!(%error, "a node did not take a proxy key now");
        }
    }
    Ok(hash)
}

/// Answers another node.
///
/// # Errors
/// [`Refusal`] when the message is malformed or asks for what no grant covers.
pub async fn answer(services: &Arc<Services>, from: NodeId, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let message = codec::decode(bytes).map_err(|e| Refusal::new(Code::Malformed, e.to_string()))?;
    match message {
        Message::Deliver(delivery) => {
            let (delivery, key) = {
                let checking = Arc::clone(services);
                blocking(move || own_copy(&checking, &delivery).map(|key| (delivery, key))).await?
            };
            let grant = grant_of(&delivery)?.clone();
            let hash = delivery.grant.hash();
            services.chain.outcome(&hash, medshare_node_submission::DECISION_LIMIT).await?;
            keep(&services.chain, &services.private, &grant.attribute, grant.requestor, &key)?;
            Ok(Vec::new())
        }
        Message::Want { requestor, attribute } => {
            let granted = services.chain.state().grant(requestor, &attribute)?;
            let keys = services.private.proxy_keys(requestor)?;
            let key = keys.into_iter().find(|(name, _)| *name == attribute).map(|(_, key)| key);
            match (granted, key) {
                (Some(grant), Some(key)) if proxy_key_commitment(&key) == grant.proxy_key => {
                    sealed_to(services, from, &key)
                }
                _ => Err(Refusal::not_found("proxy key")),
            }
        }
    }
}

/// The requestor's proxy keys that the ledger's grants cover; keys that this node lacks are asked of others.
///
/// # Errors
/// [`Refusal`] when the store or the ledger cannot be read.
pub async fn held(services: &Arc<Services>, requestor: RequestorId) -> Result<Held, Refusal> {
    let attributes = services.chain.state().access(requestor)?.unwrap_or_default().attributes;
    let mut held = Held { keys: Vec::new(), lacking: Vec::new() };
    for attribute in attributes {
        match fetched(services, requestor, &attribute).await? {
            Some(key) => held.keys.extend(ProxyKey::from_bytes(&key).ok()),
            None => held.lacking.push(attribute),
        }
    }
    Ok(held)
}

/// The key of a grant, from this node or another; none where there is no grant, or nobody in reach has the key.
async fn fetched(
    services: &Arc<Services>,
    requestor: RequestorId,
    attribute: &str,
) -> Result<Option<Zeroizing<Vec<u8>>>, Refusal> {
    let Some(grant) = services.chain.state().grant(requestor, attribute)? else { return Ok(None) };
    let held = services.private.proxy_keys(requestor)?;
    let fits = |key: &Zeroizing<Vec<u8>>| proxy_key_commitment(key) == grant.proxy_key;
    let own = held.into_iter().find(|(name, key)| name == attribute && fits(key));
    match own {
        Some((_, key)) => Ok(Some(key)),
        None => ask_peers(services, requestor, attribute, &grant.proxy_key).await,
    }
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
    reconcile(&services);
    tokio::spawn(fetch_lacking(Arc::clone(&services)));
    loop {
        match effects.recv().await {
            Ok(batch) => batch.iter().for_each(|effect| react(&services, effect)),
            Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => reconcile(&services),
            Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
        }
    }
}

fn react(services: &Services, effect: &Effect) {
    match effect {
        // A grant may have followed meanwhile, whose key stays.
        Effect::AccessRevoked { requestor } => match delete_all_uncovered(services, *requestor) {
            Ok(count) => tracing::info!(count, "deleted the proxy keys of a requestor whose access was revoked"),
            Err(error) => services.halt.raise(Fault::new("delete proxy keys", error)),
        },
        Effect::AttributeGranted { requestor, attribute } => {
            told(
                services,
                delete_uncovered(&services.chain, &services.private, *requestor, attribute).map(usize::from),
            );
        }
    }
}

/// Deletes every proxy key that no grant of the ledger covers.
fn reconcile(services: &Services) {
    let deleted = || -> Result<usize, Refusal> {
        let mut count = 0;
        for (requestor, attribute) in services.private.proxy_key_holders()? {
            count += usize::from(delete_uncovered(&services.chain, &services.private, requestor, &attribute)?);
        }
        Ok(count)
    };
    told(services, deleted());
}

fn told(services: &Services, deleted: Result<usize, Refusal>) {
    match deleted {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "deleted proxy keys that no grant covers, or no longer"),
        Err(error) => services.halt.raise(Fault::new("delete proxy keys", error)),
    }
}

/// Deletes the proxy key for an attribute if the grant that is in force does not commit to it; says whether it did.
fn delete_uncovered(
    chain: &Chain,
    private: &PrivateStore,
    requestor: RequestorId,
    attribute: &str,
) -> Result<bool, Refusal> {
    private.delete_proxy_key_unless(requestor, attribute, |key| {
        let grant = chain.state().grant(requestor, attribute)?;
        Ok(grant.is_some_and(|grant| grant.proxy_key == proxy_key_commitment(key)))
    })
}

/// Deletes the keys of a requestor that are not those of her grants; says how many.
fn delete_all_uncovered(services: &Services, requestor: RequestorId) -> Result<usize, Refusal> {
    let mut count = 0;
    for (attribute, _) in services.private.proxy_keys(requestor)? {
        count += usize::from(delete_uncovered(&services.chain, &services.private, requestor, &attribute)?);
    }
    Ok(count)
}

/// Asks the other nodes for the keys that grants of the ledger stand for and this node lacks, after its store was lost, say.
async fn fetch_lacking(services: Arc<Services>) {
    let grants = match services.chain.views().grants() {
        Ok(grants) => grants,
        Err(error) => return tracing::warn!(%error, "the grants cannot be read to see which proxy keys are lacking"),
    };
    let mut lacking = 0u64;
    for (requestor, attribute) in grants {
        match fetched(&services, requestor, &attribute).await {
            Ok(Some(_)) => {}
            Ok(None) => lacking += 1,
            Err(refusal) => tracing::warn!(%refusal, "a proxy key that this node lacks was not fetched"),
        }
    }
    if lacking > 0 {
        tracing::warn!(lacking, "proxy keys that grants stand for are neither here nor at the nodes that answered");
    }
}

/// The other validators.
fn peers(services: &Services) -> Vec<NodeId> {
    let validators = services.chain.facts().validators().as_slice();
    validators.iter().map(|v| v.id).filter(|id| *id != services.node).collect()
}

async fn ask_peers(
    services: &Arc<Services>,
    requestor: RequestorId,
    attribute: &str,
    commitment: &Hash32,
) -> Result<Option<Zeroizing<Vec<u8>>>, Refusal> {
    let question: bytes::Bytes = codec::encode(&Message::Want { requestor, attribute: attribute.to_owned() }).into();
    for node in peers(services) {
        if let Ok(answer) = services.network.request(node, Protocol::ProxyKeys, question.clone()).await
            && answer.len() <= MAX_SEALED_PROXY_KEY_BYTES
            && let Ok(key) = open_proxy_key(&services.keys.sealing, commitment, &answer)
            && proxy_key_commitment(&key) == *commitment
        {
            keep(&services.chain, &services.private, attribute, requestor, &key)?;
            return Ok(Some(key));
        }
    }
    Ok(None)
}

/// A proxy key as a letter to the node that asks for it.
fn sealed_to(services: &Services, node: NodeId, key: &[u8]) -> Result<Vec<u8>, Refusal> {
    let unknown = || Refusal::not_found("node");
    let validator = services.chain.facts().validator(node).ok_or_else(unknown)?;
    let sealing = SealingPublicKey::from_bytes(validator.sealing_key);
    seal_proxy_key(key, node, &sealing, &mut OsRng).map(|copy| copy.sealed).map_err(|_| unknown())
}

fn keep(
    chain: &Chain,
    private: &PrivateStore,
    attribute: &str,
    requestor: RequestorId,
    key: &[u8],
) -> Result<(), Refusal> {
    let grant = chain.state().grant(requestor, attribute)?;
    if grant.is_some_and(|grant| grant.proxy_key == proxy_key_commitment(key)) {
        private.put_proxy_key(requestor, attribute, key)?;
        // A revocation or another grant may have been executed in between: what it took away must not stay.
        delete_uncovered(chain, private, requestor, attribute)?;
    }
    Ok(())
}

fn grant_of(delivery: &ProxyKeyDelivery) -> Result<&AttributeGrant, Refusal> {
    match &delivery.grant {
        Entry::AttributeGrant(grant, _) => Ok(grant),
        _ => Err(Refusal::new(Code::Malformed, "the delivery holds no attribute grant")),
    }
}

fn own_copy(services: &Services, delivery: &ProxyKeyDelivery) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let grant = grant_of(delivery)?;
    // First whether its authority signed it: the arithmetic behind a copy costs many times as much.
    check_entry(delivery.grant.clone(), services.chain.facts()).map_err(refused)?;
    let copy = delivery.copies.iter().find(|copy| copy.node == services.node).ok_or_else(|| {
        Refusal::new(Code::NoCopy, "the delivery holds no proxy key for this node; seal one for every validator")
    })?;
    let key = open_proxy_key(&services.keys.sealing, &grant.proxy_key, &copy.sealed)
        .map_err(|_| Refusal::new(Code::BadProxyKey, "the proxy key for this node cannot be opened"))?;
    let decoded = ProxyKey::from_bytes(&key);
    let fits = decoded.is_ok_and(|k| k.attribute().as_str() == grant.attribute && k.version() == grant.version);
    if !fits || proxy_key_commitment(&key) != grant.proxy_key {
        return Err(Refusal::new(Code::BadProxyKey, "the proxy key does not fit its grant"));
    }
    Ok(key)
}

#[cfg(test)]
mod tests;
