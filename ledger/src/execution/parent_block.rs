//! Delivery of a package: the rules that a parent block keeps beyond its shape.

use super::context::{Context, Stop};
use super::{permission, request};
use crate::facts::DataSet;
use crate::id::Timestamp;
use crate::parent_block::{Details, ParentBlock};
use crate::rejection::Rejection;
use crate::state::{BlockRecord, SideChain, StateFault, StateKey, Thread};
use medshare_contract_abi::permissions::PermissionCall;
use medshare_contract_abi::{ActionSet, Sensitivity};

pub(super) fn apply(block: &ParentBlock, context: &mut Context<'_>) -> Result<(), Stop> {
    let details = &block.details;
    context.not_from_the_future(block.header.timestamp)?;
    Rejection::PackageExpired.unless(details.locktime.0 == 0 || details.locktime > context.now)?;
    Rejection::BlockExists.unless(context.view().block(block.id)?.is_none())?;
    Rejection::UnknownRequestor.unless(context.view().identity(details.requestor)?.is_some())?;
    request::answer(block, context)?;
    let access = context.view().access(details.requestor)?.unwrap_or_default();
    Rejection::AccessEnded.unless(!access.has_ended())?;
    let owner = context.view().owner(details.owner)?.ok_or(Rejection::UnknownOwner)?;
    Rejection::NotTheOwnersNode.unless(owner.node == details.node)?;
    let dataset = context.view().dataset(details.owner, &details.dataset)?.ok_or(Rejection::UnknownDataSet)?;
    Rejection::WrongRulesVersion.unless(block.header.version == dataset.rules_version)?;
    keeps_terms(details, &dataset)?;
    contract_known(details, context)?;
    link(block, context)?;
    grant(block, context)
}

/// The package may be stricter than the data set, never laxer.
fn keeps_terms(details: &Details, dataset: &DataSet) -> Result<(), Rejection> {
    dataset.terms.allow(&details.purpose).map_err(|_| Rejection::PurposeForbidden)?;
    let forbidden = ActionSet::ALL.bits() & !dataset.permitted_mask;
    Rejection::ViolationsMissing.unless(forbidden & !details.violations_mask == 0)?;
    Rejection::ExemptionsWidened.unless(details.exempt_mask & !dataset.exempt_mask == 0)?;
    let within = |lifetime_ms| details.locktime > Timestamp(0) && details.locktime <= details.tts.plus_ms(lifetime_ms);
    Rejection::LifetimeExceeded.unless(dataset.lifetime_ms == 0 || within(dataset.lifetime_ms))
}

/// The contract in the package is the network's default one or one that this owner published.
fn contract_known(details: &Details, context: &Context<'_>) -> Result<(), Stop> {
    let defaults = context.view().contract_hashes()?.ok_or(StateFault::Corrupt { what: "contract hashes" })?;
    if details.contract == defaults.usage {
        return Ok(());
    }
    let published = context.view().contract(details.owner, details.contract)?;
    Ok(Rejection::UnknownContract.unless(published.is_some())?)
}

/// The block becomes the head of its requestor's thread.
fn link(block: &ParentBlock, context: &mut Context<'_>) -> Result<(), Stop> {
    let details = &block.details;
    let requestor = details.requestor;
    Rejection::ThreadHeadMoved.unless(block.header.previous == context.view().thread_head(requestor)?)?;
    let position = context.view().thread(requestor)?.map_or(0, |thread| thread.count);
    let record = BlockRecord {
        height: context.height,
        entry: context.entry,
        position,
        requestor,
        owner: details.owner,
        dataset: details.dataset.clone(),
        node: details.node,
        package: details.package,
        contract: details.contract,
        version: block.header.version,
        violations_mask: details.violations_mask,
        exempt_mask: details.exempt_mask,
        sensitivity: details.sensitivity,
        locktime: details.locktime,
    };
    let thread = Thread { count: position.saturating_add(1), head: block.id };
    context.state.put(&StateKey::Thread(requestor), &thread);
    context.state.put(&StateKey::Block(block.id), &record);
    context.state.put(&StateKey::SideChain(block.id), &SideChain::of_parent(block.id));
    Ok(())
}

fn grant(block: &ParentBlock, context: &mut Context<'_>) -> Result<(), Stop> {
    let details = &block.details;
    let terms = PermissionCall::Grant {
        sensitivity: Sensitivity::from_code(details.sensitivity).ok_or(Rejection::UnknownSensitivity)?,
        violations_mask: ActionSet::from_bits(details.violations_mask).ok_or(Rejection::UnknownAction)?,
        exempt: ActionSet::from_bits(details.exempt_mask).ok_or(Rejection::UnknownAction)?,
        expires_at_ms: details.locktime.0,
    };
    permission::call(block.id, details.requestor, terms, context)?;
    Ok(())
}
