//! What is looked at before anything is computed for an opening: who asks, and whether the ledger could record it now.

use crate::services::Services;
use medshare_contract_abi::permissions::{PermissionRecord, Status};
use medshare_crypto::policy::{AttributeName, Policy};
use medshare_exchange::opening::OpenRequest;
use medshare_ledger::id::BlockId;
use medshare_ledger::rejection::Rejection;
use medshare_ledger::side_block::Lease;
use medshare_ledger::state::BlockRecord;
use medshare_ledger::window::is_outdated;
use medshare_node_authenticator::standing::standing;
use medshare_node_chain::clock::now;
use medshare_node_refusal::{Code, Refusal};
use medshare_node_submission::refused;
use std::collections::BTreeSet;

/// Who asks is looked at before what is asked: manifests are long, and the arithmetic behind them is dear.
pub(super) fn asked_by_its_requestor(services: &Services, request: &OpenRequest) -> Result<BlockRecord, Refusal> {
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
    Ok(record)
}

/// Whether the manifest is that of the package: nobody signs it, and whoever has seen a lease could take its place with another.
pub(super) fn is_its_package(record: &BlockRecord, request: &OpenRequest) -> Result<(), Refusal> {
    if record.package == request.package() {
        return Ok(());
    }
    Err(Refusal::new(
        Code::ChangedPackage,
        "the package was changed: it is not the one that its parent block commits to",
    ))
}

/// Whether an opening under this lease could be recorded now: all that execution says of it before its place in the chain.
pub(super) fn recordable(services: &Services, lease: &Lease, record: &BlockRecord) -> Result<(), Refusal> {
    let state = services.chain.state();
    if state.lease(lease.parent, lease.id)?.is_some() {
        return Err(refused(Rejection::LeaseInUse));
    }
    in_time(services, lease)?;
    let recorded = state.side_chain(lease.parent)?.map_or(0, |chain| chain.count);
    let most = services.chain.facts().parameters().max_side_blocks;
    Rejection::TooManySideBlocks.unless(recorded < most).map_err(refused)?;
    has_access(services, lease.parent, record)?;
    follows(services, lease)
}

/// Whether the lease is neither over nor longer than leases are, and neither too old to be decided nor dated ahead.
fn in_time(services: &Services, lease: &Lease) -> Result<(), Refusal> {
    let (parameters, last) = (services.chain.facts().parameters(), services.chain.tip().time);
    if lease.expires <= now() {
        let remark = services.chain.clock.remark();
        return Err(Refusal::new(
            Code::LeaseExpired,
            format!("the lease is over before it begins; check the clock{remark}"),
        ));
    }
    let longest = lease.created.plus_ms(parameters.max_lease_ms);
    Rejection::LeaseTooLong.unless(lease.expires <= longest).map_err(refused)?;
    Rejection::Outdated.unless(!is_outdated(lease.created, last)).map_err(refused)?;
    let latest = now().max(last).plus_ms(parameters.max_clock_drift_ms);
    Rejection::FromTheFuture.unless(lease.created <= latest).map_err(refused)
}

/// Whether the package may be opened, and its requestor has access at all, with attributes that satisfy the policy.
pub(super) fn has_access(services: &Services, parent: BlockId, record: &BlockRecord) -> Result<(), Refusal> {
    permitted(services, parent)?;
    standing(services.chain.state(), record.requestor)?;
    satisfied(services, record)
}

/// Whether all is on the ledger that the agent did before in this session; execution refuses the opening otherwise.
pub(super) fn follows(services: &Services, lease: &Lease) -> Result<(), Refusal> {
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

fn satisfied(services: &Services, record: &BlockRecord) -> Result<(), Refusal> {
    let state = services.chain.state();
    // A package that names another policy than its data set is refused when it is looked at.
    let dataset = state.dataset(record.owner, &record.dataset)?.ok_or_else(unknown_package)?;
    let policy: Policy = dataset.policy.parse().map_err(|error| Refusal::fault(&error))?;
    let held = state.access(record.requestor)?.unwrap_or_default().attributes;
    let held: BTreeSet<AttributeName> = held.iter().filter_map(|a| a.parse().ok()).collect();
    if policy.satisfied_by(&held) { Ok(()) } else { Err(not_satisfied()) }
}

pub(super) fn not_satisfied() -> Refusal {
    Refusal::new(
        Code::NotSatisfied,
        "the requestor's attributes do not satisfy the package's policy; `medshare package info` shows it, its authorities issue attributes",
    )
}

pub(super) fn unknown_package() -> Refusal {
    Refusal::new(Code::UnknownPackage, "the ledger has no parent block for this package")
}
