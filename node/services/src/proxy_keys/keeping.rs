//! Which proxy keys stay here: those that the ledger's grants commit to.

use crate::services::Services;
use medshare_exchange::proxy_key::proxy_key_commitment;
use medshare_ledger::execution::Effect;
use medshare_ledger::id::RequestorId;
use medshare_node_chain::Chain;
use medshare_node_consensus::Fault;
use medshare_node_refusal::Refusal;
use medshare_node_store::private::PrivateStore;

/// Keeps a key if the grant that is in force commits to it.
pub(super) fn keep(
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

/// Deletes what an effect of the ledger leaves uncovered. Where that fails, the node halts.
pub(super) fn react(services: &Services, effect: &Effect) {
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
pub(super) fn reconcile(services: &Services) {
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
        let grant = chain.state().grant(requestor, attribute);
        // The node may halt for it.
        let grant = grant.inspect_err(|fault| chain.give_up_where_damaged(fault))?;
        Ok(grant.is_some_and(|grant| grant.proxy_key == proxy_key_commitment(key)))
    })
}

/// Deletes the keys of a requestor that are not those of her grants; says how many.
pub(super) fn delete_all_uncovered(services: &Services, requestor: RequestorId) -> Result<usize, Refusal> {
    let mut count = 0;
    for (attribute, _) in services.private.proxy_keys(requestor)? {
        count += usize::from(delete_uncovered(&services.chain, &services.private, requestor, &attribute)?);
    }
    Ok(count)
}
