//! Reports of contracts, at the owner's node: opened, the contract run again, their words kept, then recorded as side-blocks.

mod contract;
pub mod leftovers;
pub mod order;
mod settled;

use crate::detached::end_of;
use crate::gates::{Bringer, Claim};
use crate::services::Services;
use crate::signer::Signer;
use crate::under_way::Place;
use medshare_contract_abi::permissions::PermissionRecord;
use medshare_contract_abi::{ActionSet, ReportKind};
use medshare_contract_host::{CallFault, CodeRejection, UsageContract, compiled};
use medshare_exchange::api::SideBlockMade;
use medshare_exchange::report::{MAX_SEALED_REPORT_BYTES, ReportEnvelope, ReportError, ReportText, report_commitment};
use medshare_ledger::id::{BlockId, RequestorId};
use medshare_ledger::side_block::{Report, SideDetails, SideEvent};
use medshare_ledger::state::BlockRecord;
use medshare_node_authenticator::contract_key::contract_key;
use medshare_node_chain::clock::now;
use medshare_node_processing::blocking::blocking;
use medshare_node_refusal::{Code, Refusal};
use medshare_node_store::private::WaitingReport;
use order::{Order, lease_of};
use std::sync::Arc;

/// Takes a report in; only at the node of the package's owner. Once it is known to be the agent's it is taken in to the end, whoever stops
/// waiting for the answer.
///
/// # Errors
/// [`Refusal`] when the report is not the contract's, not the agent's, or out of order.
pub async fn take(
    services: &Arc<Services>,
    from: Bringer<'_>,
    envelope: ReportEnvelope,
) -> Result<SideBlockMade, Refusal> {
    let is_urgent = says_urgent(&envelope.report);
    let work = move |services: &Arc<Services>| {
        let (record, place) = begin(services, &envelope)?;
        let signer = Signer::Requestor(record.requestor);
        Ok((Some(signer), tokio::spawn(taken(Arc::clone(services), record, place, Arc::new(envelope)))))
    };
    end_of(from.checked(services, is_urgent, work).await?).await
}

/// Whether a report says of itself that it may be of a violation: an action, which access may end by. Anybody can write so.
pub(crate) fn says_urgent(report: &Report) -> bool {
    ReportKind::from_code(report.kind).and_then(ReportKind::action).is_some()
}

/// Whose turn it is to have a report worked on, which an agent of this package signed. Violations of its terms go first.
pub(crate) fn claim(package: &BlockRecord, report: &Report) -> Claim<RequestorId> {
    let action = ReportKind::from_code(report.kind).and_then(ReportKind::action);
    let forbidden = ActionSet::from_bits(package.violations_mask);
    let is_violation = action.zip(forbidden).is_some_and(|(action, forbidden)| forbidden.contains(action));
    Claim::from(package.requestor).urgent(is_violation)
}

/// A place for a report that its lease's agent signed, and the package's record.
fn begin(services: &Services, envelope: &ReportEnvelope) -> Result<(BlockRecord, Place), Refusal> {
    signed(services, envelope)?;
    let report = &envelope.report;
    if order::of(services, envelope)? == Order::Recorded && services.private.has_words(&report.hash())? {
        return Err(known());
    }
    let record = block_record(services, report.parent)?;
    let place =
        services.under_way.begin_report(report, (record.requestor, None), lease_of(services, report)?.next_sequence)?;
    Ok((record, place))
}

async fn taken(
    services: Arc<Services>,
    record: BlockRecord,
    _place: Place,
    envelope: Arc<ReportEnvelope>,
) -> Result<SideBlockMade, Refusal> {
    // Where it is on the ledger and its words are not here, they are kept now.
    let is_recorded = order::awaited(&services, &envelope).await? == Order::Recorded;
    // The words are kept first: a report that is decided has them, whatever becomes of this node in between.
    let keeping = {
        let (services, envelope, record) = (Arc::clone(&services), Arc::clone(&envelope), record.clone());
        move || keep(&services, &record, &envelope, is_recorded)
    };
    services.gates.contracts.pass(claim(&record, &envelope.report), keeping).await?;
    let made = if is_recorded { Err(known()) } else { recorded(&services, &record, &envelope).await };
    let may_come = made.as_ref().is_err_and(|e| !e.code.class().is_final());
    if !may_come {
        blocking(move || settled::settle_number(&services, &envelope.report)).await?;
    }
    made
}

/// Keeps a report's words, where they are not kept already. Computes for a while, in its requestor's turn.
fn keep(
    services: &Services,
    record: &BlockRecord,
    envelope: &ReportEnvelope,
    is_recorded: bool,
) -> Result<(), Refusal> {
    let report = &envelope.report;
    if is_recorded {
        // Others of its number that wait are not in its way.
        settled::settle_number(services, report)?;
    }
    if settled::are_kept(services, report)? {
        return Ok(());
    }
    if !is_recorded {
        // While it waited for its turn, its place may have been taken, or the last room.
        order::of(services, envelope)?;
    }
    let text = believed(services, envelope, record)?;
    Ok(services.private.put_words(&report.hash(), text.body.comment.as_str(), &waiting(report))?)
}

/// A report that was taken in just now.
fn waiting(report: &Report) -> WaitingReport {
    WaitingReport { received: now(), parent: report.parent, lease: report.lease, sequence: report.sequence }
}

async fn recorded(
    services: &Arc<Services>,
    record: &BlockRecord,
    envelope: &ReportEnvelope,
) -> Result<SideBlockMade, Refusal> {
    let report = envelope.report.clone();
    let kind = ReportKind::from_code(report.kind)
        .ok_or_else(|| Refusal::new(Code::Malformed, "the report is of an unknown kind"))?;
    let parent = report.parent;
    let violation = permission(services, parent).await?.is_some_and(|permission| permission.is_violation(kind));
    let details = SideDetails {
        parent,
        action_counter: 0,
        tsv: report.at,
        owner: record.owner,
        requestor: record.requestor,
        vln: kind.action().filter(|_| violation).map_or(0, |action| u16::from(action.code())),
        node: services.node,
        locktime: record.locktime,
        event: SideEvent::Reported { report, agent_signature: envelope.agent_signature },
    };
    let side_block = services.submission.append_side_block(details, record.version).await?;
    if violation {
        services.metrics.violations.inc();
    }
    let status = permission(services, parent).await?;
    Ok(SideBlockMade {
        side_block: side_block.id.to_string(),
        status: status.map_or_else(String::new, |p| p.word(services.chain.tip().time.0).to_owned()),
    })
}

async fn permission(services: &Arc<Services>, parent: BlockId) -> Result<Option<PermissionRecord>, Refusal> {
    let services = Arc::clone(services);
    blocking(move || Ok(services.chain.state().permission(parent)?)).await
}

/// The owner's node of a package.
///
/// # Errors
/// [`Refusal`] when the package is unknown.
pub fn block_record(services: &Services, parent: BlockId) -> Result<BlockRecord, Refusal> {
    services.chain.state().block(parent)?.ok_or_else(|| Refusal::not_found("parent block"))
}

/// Whether the agent of the report's lease signed it: what any node can tell before it does more about it.
///
/// # Errors
/// [`Refusal`] when it did not.
pub fn signed(services: &Services, envelope: &ReportEnvelope) -> Result<(), Refusal> {
    let report = &envelope.report;
    if envelope.sealed.len() > MAX_SEALED_REPORT_BYTES {
        return Err(Refusal::new(Code::TooLarge, "the sealed report is too long"));
    }
    if report.commitment != report_commitment(&envelope.sealed) {
        return Err(Refusal::new(Code::BadReport, "the report's commitment does not fit its sealed text"));
    }
    lease_of(services, report)?
        .agent
        .verify(report, &envelope.agent_signature)
        .map_err(|_| Refusal::new(Code::BadSignature, "the report is not signed by the agent of its lease"))?;
    Ok(())
}

/// The answer to a report that is on the ledger: its acknowledgement was lost on the way, and the agent takes this for one.
pub(crate) fn known() -> Refusal {
    Refusal::new(Code::ReportKnown, "this report is on the ledger already")
}

/// Opens the report and runs the package's contract on the same input: the same report must come out. Computes for a while.
fn believed(services: &Services, envelope: &ReportEnvelope, record: &BlockRecord) -> Result<ReportText, Refusal> {
    let report = &envelope.report;
    let details = contract::details(services, record)?;
    let key = contract_key(&services.keys.contracts, &details.request);
    let text = ReportText::open(&key, report, &envelope.sealed).map_err(|error| match error {
        ReportError::Sealed => contract::unopened(services, &details, &key.public_key()),
        ReportError::Malformed => Refusal::new(Code::BadReport, error.to_string()),
    })?;
    // What this machine cannot compile or run is its own fault, and no word on the report.
    let contract = compiled(&contract::code(services, &details)?).map_err(|rejection| match rejection {
        CodeRejection::Host { .. } => Refusal::fault(&rejection),
        _ => Refusal::new(Code::BadContract, rejection.to_string()),
    })?;
    let outcome = UsageContract::new(contract).decide(&text.input).map_err(|fault| match fault {
        CallFault::Host { .. } => Refusal::fault(&fault),
        _ => Refusal::new(Code::BadReport, "the contract gives no outcome for the report's input"),
    })?;
    let same = outcome.report() == Some(&text.body)
        && contract::parameters(&details).as_ref() == Some(&text.input.parameters)
        && text.body.sequence == report.sequence
        && text.body.kind.code() == report.kind;
    if !same {
        return Err(Refusal::new(Code::BadReport, "the package's contract does not make this report from its input"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
