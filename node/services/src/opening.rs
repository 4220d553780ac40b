//! Opening a package: the ledger is asked, this node transforms the attribute block, the opening is recorded, then the transform is handed
//! out.
//!
//! What cannot be transformed here leaves no opening, at none of the nodes that an agent may ask one after the other. What is transformed
//! stays within this node until the opening is decided. As nothing is recorded before, nothing else slows down who asks: so what computes
//! is done for one requestor after the other, of each lease once at a time, and for none that could not be recorded.

mod door;

use crate::caller::Caller;
use crate::catching_up::confirmed;
use crate::gates::Bringer;
use crate::proxy_keys::{self, Held};
use crate::services::Services;
use crate::signer::Signer;
use medshare_contract_abi::ActionSet;
use medshare_crypto::abe::{Ciphertext, RowsError, Transform, TransformError, transform};
use medshare_exchange::manifest::Manifest;
use medshare_exchange::opening::{OpenAnswer, OpenRequest};
use medshare_ledger::codec;
use medshare_ledger::id::RequestorId;
use medshare_ledger::side_block::{SideDetails, SideEvent};
use medshare_ledger::state::BlockRecord;
use medshare_node_processing::blocking::blocking;
use medshare_node_refusal::{Code, Refusal};
use std::sync::Arc;

/// Opens a package for an agent.
///
/// # Errors
/// [`Refusal`] when the package is unknown, access is revoked, retrieved or over, reports of the opening before are missing, the
/// attributes do not satisfy the policy, the lease is used or not within its bounds, or too many openings wait.
pub async fn open(services: &Arc<Services>, from: &Caller, request: OpenRequest) -> Result<OpenAnswer, Refusal> {
    confirmed(services).await?;
    let (lease, requestor_signature) = (request.lease.clone(), request.requestor_signature);
    let begin = move |services: &Arc<Services>| {
        let record = door::asked_by_its_requestor(services, &request)?;
        door::recordable(services, &request.lease, &record)?;
        door::is_its_package(&record, &request)?;
        let place = services.under_way.begin_opening(&request.lease, record.requestor, request.manifest.len())?;
        Ok((Some(Signer::Requestor(record.requestor)), (request, record, place)))
    };
    let (request, record, _place) = Bringer::Somebody(from).checked(services, false, begin).await?;
    let transformed = transformed(services, &record, request).await?;
    let details = SideDetails {
        parent: lease.parent,
        action_counter: 0,
        tsv: lease.created,
        owner: record.owner,
        requestor: record.requestor,
        vln: 0,
        node: services.node,
        locktime: record.locktime,
        event: SideEvent::Opening { lease: lease.clone(), requestor_signature },
    };
    let side_block = services.submission.append_side_block(details, record.version).await?;
    // Since transforming, the ledger may have revoked.
    let (looking, parent) = (Arc::clone(services), lease.parent);
    blocking(move || door::has_access(&looking, parent, &record)).await?;
    services.metrics.opened.inc();
    Ok(OpenAnswer { side_block: side_block.id, transform: transformed.to_bytes() })
}

/// The attribute block, transformed with the keys that this node holds, or others in reach do where these do not suffice. It is not to
/// leave before its opening is decided. Nobody has a turn while other nodes are asked.
async fn transformed(
    services: &Arc<Services>,
    record: &BlockRecord,
    request: OpenRequest,
) -> Result<Transform, Refusal> {
    let (gate, requestor) = (&services.gates.openings, record.requestor);
    let first = {
        let (services, record) = (Arc::clone(services), record.clone());
        move || {
            // Who waited for a turn may have opened it meanwhile, or filled its chain.
            door::recordable(&services, &request.lease, &record)?;
            let ciphertext = known_package(&services, &record, &request)?;
            attempt(&services, requestor, &ciphertext).map(|attempted| (ciphertext, attempted))
        }
    };
    let (ciphertext, attempted) = gate.pass(requestor, first).await?;
    let lacking = match attempted {
        Attempt::Done(transform) => return Ok(*transform),
        Attempt::Lacks(lacking) => lacking,
    };
    proxy_keys::fetch(services, requestor, lacking).await;
    let again = {
        let services = Arc::clone(services);
        move || attempt(&services, requestor, &ciphertext)
    };
    match gate.pass(requestor, again).await? {
        Attempt::Done(transform) => Ok(*transform),
        Attempt::Lacks(lacking) => Err(no_transform(&lacking)),
    }
}

/// What came of transforming with the keys that are here.
enum Attempt {
    Done(Box<Transform>),
    /// Attributes of the policy that she holds, and whose keys are not here.
    Lacks(Vec<String>),
}

/// Transforms with the keys that are here. Computes for a while.
fn attempt(services: &Services, requestor: RequestorId, ciphertext: &Ciphertext) -> Result<Attempt, Refusal> {
    let policy = ciphertext.read().map_err(|error| damaged(&error))?;
    let Held { keys, lacking } = proxy_keys::held(services, requestor, &policy.attributes())?;
    let names = keys.iter().map(|key| key.attribute().clone()).collect();
    let transformed = if policy.satisfied_by(&names) {
        let registration = proxy_keys::registration(&services.chain, requestor)?;
        match transform(ciphertext, &registration, &keys) {
            Ok(transform) => Some(transform),
            // no key makes up for rows that are none
            Err(TransformError::Rows(error)) => return Err(damaged(&error)),
            Err(_) => None,
        }
    } else {
        None
    };
    match transformed {
        Some(transform) => Ok(Attempt::Done(Box::new(transform))),
        None if lacking.is_empty() => Err(door::not_satisfied()),
        None => Ok(Attempt::Lacks(lacking)),
    }
}

/// Rows with which nothing was computed.
fn damaged(error: &RowsError) -> Refusal {
    Refusal::new(Code::Malformed, format!("the package's attribute block is damaged: {error}"))
}

/// The attribute block of a package that is what its parent block and its data set's terms say. Computes for a while.
fn known_package(services: &Services, record: &BlockRecord, request: &OpenRequest) -> Result<Ciphertext, Refusal> {
    let manifest: Manifest = codec::decode(&request.manifest)
        .map_err(|_| Refusal::new(Code::Malformed, "the package's manifest is damaged"))?;
    keeps_terms(services, record, &manifest)?;
    Ciphertext::from_bytes(&manifest.attribute_block)
        .map_err(|_| Refusal::new(Code::Malformed, "the package's attribute block is damaged"))
}

/// A package is made by one node alone. Others help to open it only if it is what its parent block and its data set's terms say.
fn keeps_terms(services: &Services, record: &BlockRecord, manifest: &Manifest) -> Result<(), Refusal> {
    let dataset = services.chain.state().dataset(record.owner, &record.dataset)?.ok_or_else(door::unknown_package)?;
    manifest.check_terms(&dataset).map_err(|broken| Refusal::new(Code::OtherTerms, broken.to_string()))?;
    let violations = ActionSet::from_bits(manifest.permitted_mask).map(ActionSet::complement);
    let is_as_recorded = manifest.requestor == record.requestor
        && manifest.node == record.node
        && manifest.contract_hash() == record.contract
        && violations.is_some_and(|violations| violations.bits() == record.violations_mask)
        && manifest.exempt_mask == record.exempt_mask
        && manifest.sensitivity == record.sensitivity
        && manifest.expires == record.locktime;
    if is_as_recorded {
        return Ok(());
    }
    Err(Refusal::new(Code::OtherTerms, "the package says something else of itself than its parent block says of it"))
}

/// Why keys do not suffice: the ledger says that her attributes do, so it is a key that is missing.
fn no_transform(lacking: &[String]) -> Refusal {
    let attributes = lacking.join(", ");
    Refusal::new(
        Code::ProxyKeyLacking,
        format!(
            "this network's nodes lack the proxy key for {attributes}, which the ledger says that she holds: ask another node, or this one when more of them run; if every node has lost it, its authority issues the attribute again"
        ),
    )
}

#[cfg(test)]
mod tests;
