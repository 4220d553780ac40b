//! Opening a package: the ledger is asked, this node transforms the attribute block, the opening is recorded, then the transform is handed
//! out.
//!
//! What cannot be transformed here leaves no opening, at none of the nodes that an agent may ask one after the other. What is transformed
//! stays within this node until the opening is decided.

use crate::proxy_keys::{self, Held};
use crate::services::Services;
use medshare_contract_abi::ActionSet;
use medshare_contract_abi::permissions::{PermissionRecord, Status};
use medshare_crypto::abe::{Ciphertext, Transform, transform};
use medshare_crypto::policy::{AttributeName, Policy};
use medshare_exchange::manifest::Manifest;
use medshare_exchange::opening::{OpenAnswer, OpenRequest};
use medshare_ledger::codec;
use medshare_ledger::id::{BlockId, RequestorId};
use medshare_ledger::rejection::Rejection;
use medshare_ledger::side_block::{Lease, SideDetails, SideEvent};
use medshare_ledger::state::BlockRecord;
use medshare_node_authenticator::standing::standing;
use medshare_node_chain::clock::now;
use medshare_node_processing::blocking::blocking;
use medshare_node_refusal::{Code, Refusal};
use medshare_node_submission::refused;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Longest wait for a node that has just started to hear from the others.
const CONFIRMATION_LIMIT: Duration = Duration::from_secs(5);

/// Opens a package for an agent.
///
/// # Errors
/// [`Refusal`] when the package is unknown, access is revoked, retrieved or over, reports of the opening before are missing, or
/// the attributes do not satisfy the policy.
pub async fn open(services: &Arc<Services>, request: OpenRequest) -> Result<OpenAnswer, Refusal> {
    if tokio::time::timeout(CONFIRMATION_LIMIT, services.others.confirmed()).await.is_err() {
        return Err(Refusal::new(
            Code::CatchingUp,
            "this node has just started and does not know yet whether its state is the network's; ask again in a moment, or another node",
        ));
    }
    let (lease, requestor_signature) = (request.lease.clone(), request.requestor_signature);
    let record = asked_by_its_requestor(services, &request)?;
    let (record, ciphertext) = {
        let services = Arc::clone(services);
        blocking(move || known_package(&services, &record, &request).map(|block| (record, block))).await?
    };
    if lease.expires <= now() {
        let remark = services.chain.clock.remark();
        return Err(Refusal::new(
            Code::LeaseExpired,
            format!("the lease is over before it begins; check the clock{remark}"),
        ));
    }
    may_open(services, &lease, record.requestor)?;
    follows(services, &lease)?;
    let policy = ciphertext.policy().clone();
    satisfied(services, &record, &policy)?;
    let transformed = transformed(services, record.requestor, ciphertext).await?;
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
    may_open(services, &lease, record.requestor)?;
    satisfied(services, &record, &policy)?;
    services.metrics.opened.inc();
    Ok(OpenAnswer { side_block: side_block.id, transform: transformed.to_bytes() })
}

/// The attribute block, transformed with the keys that this node holds or others in reach do. It is not to leave before its opening is
/// decided.
async fn transformed(
    services: &Arc<Services>,
    requestor: RequestorId,
    ciphertext: Ciphertext,
) -> Result<Transform, Refusal> {
    let Held { keys, lacking } = proxy_keys::held(services, requestor).await?;
    let chain = Arc::clone(&services.chain);
    blocking(move || {
        let registration = proxy_keys::registration(&chain, requestor)?;
        transform(&ciphertext, &registration, &keys).map_err(|_| no_transform(&lacking))
    })
    .await
}

/// Whether the package may be opened, and its requestor has access at all.
fn may_open(services: &Services, lease: &Lease, requestor: RequestorId) -> Result<(), Refusal> {
    permitted(services, lease.parent)?;
    standing(services.chain.state(), requestor).map(drop)
}

/// Whether all is on the ledger that the agent did before in this session; execution refuses the opening otherwise.
fn follows(services: &Services, lease: &Lease) -> Result<(), Refusal> {
    let Some(previous) = &lease.previous else { return Ok(()) };
    let before = services.chain.state().lease(lease.parent, previous.lease)?;
    lease.follows(before.as_ref()).map_err(refused)
}

/// Whether a package may be opened, as the ledger has it now.
fn permitted(services: &Services, block: BlockId) -> Result<PermissionRecord, Refusal> {
    let record = services.chain.state().permission(block)?.ok_or_else(unknown_package)?;
    let refuse = |code, message: &str| Err(Refusal::new(code, message));
    match record.status {
        Status::Granted | Status::Opened | Status::Regranted if record.is_over(now().0) => {
            refuse(Code::PackageOver, "the package's time is over; request the data again")
        }
        Status::Granted | Status::Opened | Status::Regranted => Ok(record),
        Status::Revoked => refuse(Code::Revoked, "access to this package is revoked; its owner can re-grant it"),
        Status::UnderReview => {
            refuse(Code::UnderReview, "access to this package is revoked; its owner is reviewing the violation")
        }
        Status::Upheld => refuse(Code::Upheld, "access to this package is revoked; its owner has upheld that"),
        Status::Retrieved => refuse(Code::Retrieved, "the owner has taken this data back; it will not open again"),
    }
}

/// Who asks is looked at before what is asked: manifests are long, and the arithmetic behind them is dear. A lease that was used says
/// so here, so that an overheard request is not worked on again.
fn asked_by_its_requestor(services: &Services, request: &OpenRequest) -> Result<BlockRecord, Refusal> {
    let (lease, state) = (&request.lease, services.chain.state());
    let record = state.block(lease.parent)?.ok_or_else(unknown_package)?;
    let identity = state.identity(record.requestor)?.ok_or_else(|| Refusal::not_found("requestor"))?;
    identity.identity.key.verify(lease, &request.requestor_signature).map_err(|_| {
        Refusal::new(
            Code::NotTheRequestor,
            "only the requestor of the package can open it: the lease is not signed with her key",
        )
    })?;
    if lease.node != services.node {
        return Err(refused(Rejection::LeaseOfAnotherNode));
    }
    match state.lease(lease.parent, lease.id)? {
        Some(_) => Err(refused(Rejection::LeaseInUse)),
        None => Ok(record),
    }
}

/// The attribute block of a package that is what its parent block and its data set's terms say. Computes for a while.
fn known_package(services: &Services, record: &BlockRecord, request: &OpenRequest) -> Result<Ciphertext, Refusal> {
    if record.package != request.package() {
        return Err(Refusal::new(
            Code::ChangedPackage,
            "the package was changed: it is not the one that its parent block commits to",
        ));
    }
    let manifest: Manifest = codec::decode(&request.manifest)
        .map_err(|_| Refusal::new(Code::Malformed, "the package's manifest is damaged"))?;
    keeps_terms(services, record, &manifest)?;
    Ciphertext::from_bytes(&manifest.attribute_block)
        .map_err(|_| Refusal::new(Code::Malformed, "the package's attribute block is damaged"))
}

/// A package is made by one node alone. Others help to open it only if it is what its parent block and its data set's terms say.
fn keeps_terms(services: &Services, record: &BlockRecord, manifest: &Manifest) -> Result<(), Refusal> {
    let dataset = services.chain.state().dataset(record.owner, &record.dataset)?.ok_or_else(unknown_package)?;
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

fn satisfied(services: &Services, record: &BlockRecord, policy: &Policy) -> Result<(), Refusal> {
    let held = services.chain.state().access(record.requestor)?.unwrap_or_default().attributes;
    let held: BTreeSet<AttributeName> = held.iter().filter_map(|a| a.parse().ok()).collect();
    if policy.satisfied_by(&held) { Ok(()) } else { Err(not_satisfied()) }
}

/// Why keys do not suffice: the ledger says that her attributes do, so it is a key that is missing.
fn no_transform(lacking: &[String]) -> Refusal {
    if lacking.is_empty() {
        return not_satisfied();
    }
    let attributes = lacking.join(", ");
    Refusal::new(
        Code::ProxyKeyLacking,
        format!(
            "this network's nodes lack the proxy key for {attributes}, which the ledger says that she holds: ask another node, or this one when more of them run; if every node has lost it, its authority issues the attribute again"
        ),
    )
}

fn not_satisfied() -> Refusal {
    Refusal::new(
        Code::NotSatisfied,
        "the requestor's attributes do not satisfy the package's policy; `medshare package info` shows it, its authorities issue attributes",
    )
}

fn unknown_package() -> Refusal {
    Refusal::new(Code::UnknownPackage, "the ledger has no parent block for this package")
}

#[cfg(test)]
mod tests;
