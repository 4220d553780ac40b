//! A proxy key on its way from its authority: its grant goes onto the ledger, then every node keeps the copy for it.

use super::keeping::keep;
use super::message::{Message, peers};
use crate::caller::Caller;
use crate::catching_up::confirmed;
use crate::detached::to_its_end;
use crate::gates::{Bringer, Claim};
use crate::services::Services;
use crate::signer::Signer;
use crate::under_way::places::{Begun, Copied, Place};
use medshare_crypto::abe::ProxyKey;
use medshare_crypto::hash::Hash32;
use medshare_exchange::proxy_key::{ProxyKeyDelivery, open_proxy_key, proxy_key_commitment};
use medshare_ledger::check::check_entry;
use medshare_ledger::codec;
use medshare_ledger::entry::{AttributeGrant, Entry};
use medshare_ledger::id::Label;
use medshare_ledger::rejection::Rejection;
use medshare_node_chain::Outcome;
use medshare_node_chain::mempool::{MAX_WAIT, Origin};
use medshare_node_net::Protocol;
use medshare_node_processing::blocking::blocking;
use medshare_node_refusal::{Code, Refusal};
use medshare_node_submission::refused;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Takes a delivery from an authority, which somebody hands in: submits its grant, keeps this node's key, hands the delivery on. That is done to the end, whoever
/// stops waiting for it. Whoever brings a copy meanwhile waits for the same outcome.
///
/// # Errors
/// [`Refusal`] when the grant breaks a rule, the copy for this node does not fit it, or this node has just started.
pub async fn deliver(services: &Arc<Services>, from: &Caller, delivery: ProxyKeyDelivery) -> Result<Hash32, Refusal> {
    let mut brought = Box::new(delivery);
    let (delivery, place) = loop {
        let look = move |services: &Arc<Services>| looked(services, brought);
        match Bringer::Somebody(from).checked(services, false, look).await? {
            Looked::Done(hash) => return Ok(hash),
            Looked::Signed(delivery, place) => break (delivery, place),
            Looked::Copy(delivery, copied) => match copied.outcome().await {
                Some(outcome) => return outcome,
                // whoever brought it stopped before it was begun
                None => brought = delivery,
            },
        }
    };
    let (services, connection) = (Arc::clone(services), from.sender.connection);
    to_its_end(async move {
        let outcome = taken_in(&services, connection, *delivery).await;
        place.ends(outcome.clone());
        outcome
    })
    .await
}

/// Takes in a delivery that was looked at.
async fn taken_in(services: &Arc<Services>, connection: u64, delivery: ProxyKeyDelivery) -> Result<Hash32, Refusal> {
    let (delivery, key) = {
        let opening = Arc::clone(services);
        let authoritys = Claim::from(Origin::of(&delivery.grant, None)).on(connection);
        let work = move || own_copy(&opening, &delivery).map(|key| (delivery, key));
        services.gates.entering.pass(authoritys, work).await?
    };
    confirmed(services).await?;
    let (grant, hash) = (delivery.grant.clone(), delivery.grant.hash());
    match services.submission.submit_and_wait(grant).await {
        Ok(hash) => hand_on(services, delivery, key).await.map(|()| hash),
        Err(refusal) => {
            if refusal.code == Code::Undecided {
                // It may still be decided, and then the key belongs to it.
                let services = Arc::clone(services);
                tokio::spawn(async move { when_decided(&services, delivery, key, hash).await });
            }
            Err(refusal)
        }
    }
}

async fn when_decided(services: &Arc<Services>, delivery: ProxyKeyDelivery, key: Zeroizing<Vec<u8>>, hash: Hash32) {
    let handed_on = async {
        match services.submission.outcome(hash, MAX_WAIT).await? {
            Outcome::Applied(_) => hand_on(services, delivery, key).await,
            _ => Ok(()),
        }
    };
    if let Err(refusal) = handed_on.await {
        tracing::warn!(%refusal, "a proxy key whose grant was not decided in time was not kept");
    }
}

/// Keeps this node's key of a grant that was decided, and hands the others theirs.
async fn hand_on(services: &Arc<Services>, delivery: ProxyKeyDelivery, key: Zeroizing<Vec<u8>>) -> Result<(), Refusal> {
    let (keeping, grant) = (Arc::clone(services), grant_of(&delivery)?.clone());
    blocking(move || keep(&keeping.chain, &keeping.private, &grant.attribute, grant.requestor, &key)).await?;
    let message: bytes::Bytes = codec::encode(&Message::Deliver(Box::new(delivery))).into();
    // Every node has its key when the authority is told so; a node that is down asks for it later.
    let sent =
        peers(services).into_iter().map(|node| services.network.request(node, Protocol::ProxyKeys, message.clone()));
    for result in futures::future::join_all(sent).await {
        if let Err(error) = result {
            tracing::warn!(%error, "a node did not take a proxy key now");
        }
    }
    Ok(())
}

pub(super) fn grant_of(delivery: &ProxyKeyDelivery) -> Result<&AttributeGrant, Refusal> {
    match &delivery.grant {
        Entry::AttributeGrant(grant, _) => Ok(grant),
        _ => Err(Refusal::new(Code::Malformed, "the delivery holds no attribute grant")),
    }
}

/// What a look at a delivery tells.
enum Looked {
    /// Its grant was decided, and nothing is to be kept of it that is not: whoever saw it may send it again.
    Done(Hash32),
    /// Its authority signed it; no copy of it is being worked on.
    Signed(Box<ProxyKeyDelivery>, Place<Label>),
    /// Its authority signed it, and a copy of it is being worked on.
    Copy(Box<ProxyKeyDelivery>, Copied),
}

fn looked(services: &Services, delivery: Box<ProxyKeyDelivery>) -> Result<(Option<Signer>, Looked), Refusal> {
    let hash = delivery.grant.hash();
    let authority = grant_of(&delivery)?.authority.clone();
    if !is_needed(services, &delivery)? {
        return Ok((None, Looked::Done(hash)));
    }
    // anybody may have a copy: who brings one waits as a stranger does
    Ok(match services.deliveries.begin_or_follow(authority, hash)? {
        Begun::Copy(copied) => (None, Looked::Copy(delivery, copied)),
        Begun::Place(place) => (Some(Signer::of(&delivery.grant)), Looked::Signed(delivery, place)),
    })
}

/// Whether there is anything to be done about a delivery: not where its grant was applied, and its key is here, or another grant or a revocation
/// overtook it. What there is, its authority signed: that is looked at before the arithmetic behind a copy, which costs many times as much.
///
/// # Errors
/// [`Refusal`] of a grant that broke a rule, can never be applied, or is not its authority's, or where this node cannot read what it holds.
pub(super) fn is_needed(services: &Services, delivery: &ProxyKeyDelivery) -> Result<bool, Refusal> {
    let grant = grant_of(delivery)?;
    if services.submission.is_applied_or_may_be(&delivery.grant)? {
        let in_force = services.chain.state().grant(grant.requestor, &grant.attribute)?;
        if in_force.is_none_or(|in_force| in_force.proxy_key != grant.proxy_key) {
            return Ok(false);
        }
        let key = services.private.proxy_key(grant.requestor, &grant.attribute)?;
        if key.is_some_and(|key| proxy_key_commitment(&key) == grant.proxy_key) {
            return Ok(false);
        }
    }
    signed(services, delivery).map(|()| true)
}

/// Whether its authority signed the grant, and the copies for it.
fn signed(services: &Services, delivery: &ProxyKeyDelivery) -> Result<(), Refusal> {
    let facts = services.chain.facts();
    let authority =
        facts.authority(&grant_of(delivery)?.authority).ok_or_else(|| refused(Rejection::UnknownAuthority))?;
    delivery.verify(&authority.key).map_err(|_| refused(Rejection::BadAuthoritySignature))?;
    check_entry(delivery.grant.clone(), facts).map(drop).map_err(refused)
}

/// The key for this node, of a delivery that was looked at.
pub(super) fn own_copy(services: &Services, delivery: &ProxyKeyDelivery) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let grant = grant_of(delivery)?;
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
