//! The stateless rules of side-blocks.

use super::parent_block::mined;
use crate::facts::NetworkFacts;
use crate::rejection::Rejection;
use crate::side_block::{Lease, Report, SideBlock, SideEvent};
use medshare_contract_abi::ReportKind;
use medshare_crypto::hash::Hash32;

pub(super) fn check(block: &SideBlock, facts: &NetworkFacts) -> Result<(), Rejection> {
    match &block.details.event {
        SideEvent::Opening { lease, .. } => opening(block, lease)?,
        SideEvent::Reported { report, .. } => reported(block, report)?,
    }
    Rejection::WrongSize.unless(block.size == block.encoded_size())?;
    Rejection::WrongMerkleRoot.unless(block.header.merkle_root == block.contents_root())?;
    Rejection::WrongBlockId.unless(block.id == block.derived_id())?;
    mined(&block.header, facts)?;
    let node = facts.validator(block.details.node).ok_or(Rejection::UnknownNode)?;
    block.verify_node_signature(facts.network(), &node.key).map_err(|_| Rejection::BadNodeSignature)
}

fn opening(block: &SideBlock, lease: &Lease) -> Result<(), Rejection> {
    let details = &block.details;
    Rejection::WrongParent.unless(lease.parent == details.parent)?;
    Rejection::LeaseOfAnotherNode.unless(lease.node == details.node)?;
    Rejection::TimesOutOfOrder.unless(details.tsv == lease.created && lease.created < lease.expires)?;
    if let Some(previous) = &lease.previous {
        Rejection::ReportChainBroken.unless((previous.reports == 0) == (previous.last_report == Hash32::ZERO))?;
    }
    Rejection::WrongViolationCode.unless(details.vln == 0)
}

/// Whether the report is a violation depends on the package; here only whether the code fits the report.
fn reported(block: &SideBlock, report: &Report) -> Result<(), Rejection> {
    let details = &block.details;
    Rejection::WrongParent.unless(report.parent == details.parent)?;
    Rejection::ZeroNumber.unless(report.sequence > 0)?;
    Rejection::ReportChainBroken.unless((report.sequence == 1) == (report.previous == Hash32::ZERO))?;
    Rejection::TimesOutOfOrder.unless(details.tsv == report.at)?;
    let kind = ReportKind::from_code(report.kind).ok_or(Rejection::UnknownReportKind)?;
    let of_action = kind.action().map(|action| u16::from(action.code()));
    Rejection::WrongViolationCode.unless(details.vln == 0 || Some(details.vln) == of_action)?;
    Rejection::WrongActionCounter.unless(details.vln == 0 || details.action_counter > 0)
}
