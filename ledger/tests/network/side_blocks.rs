//! Openings and reports, as the parties make them.

use super::parties::Parties;
use medshare_contract_abi::{ActionSet, ReportKind};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{BlockId, LeaseId, Timestamp};
use medshare_ledger::link::Link;
use medshare_ledger::parent_block::ParentBlock;
use medshare_ledger::side_block::{Lease, Report, SideBlock, SideDetails, SideEvent};

/// What a chain of side-blocks says before the next one.
#[derive(Clone, Copy)]
pub struct Head {
    pub previous: Hash32,
    pub violations: u32,
}

pub fn lease(parties: &Parties, parent: BlockId, id: u8, created: u64) -> Lease {
    Lease {
        id: LeaseId::from_bytes([id; 16]),
        parent,
        node: parties.node(0),
        agent: parties.agent.verifying_key(),
        created: Timestamp(created),
        expires: Timestamp(created + 30_000),
        previous: None,
    }
}

pub fn opening(parties: &Parties, parent: &ParentBlock, head: Head, lease: Lease) -> SideBlock {
    let at = lease.created.0;
    let requestor_signature = parties.requestor.sign(&lease);
    let event = SideEvent::Opening { lease, requestor_signature };
    side_block(parties, parent, head, at, event, |_, _| {})
}

pub fn report(parent: BlockId, lease: u8, sequence: u32, previous: Hash32, kind: ReportKind, at: u64) -> Report {
    Report {
        parent,
        lease: LeaseId::from_bytes([lease; 16]),
        sequence,
        previous,
        kind: kind.code(),
        at: Timestamp(at),
        commitment: sha256(b"sealed report"),
    }
}

/// The owner's node records a report, judged by the parent's own terms.
pub fn reported(parties: &Parties, parent: &ParentBlock, head: Head, report: Report) -> SideBlock {
    let at = report.at.0;
    let agent_signature = parties.agent.sign(&report);
    let event = SideEvent::Reported { report, agent_signature };
    side_block(parties, parent, head, at, event, |_, _| {})
}

pub fn side_block(
    parties: &Parties,
    parent: &ParentBlock,
    head: Head,
    at: u64,
    event: SideEvent,
    spoil: impl FnOnce(&mut SideDetails, &mut Link),
) -> SideBlock {
    let action = match &event {
        SideEvent::Opening { .. } => None,
        SideEvent::Reported { report, .. } => ReportKind::from_code(report.kind).and_then(ReportKind::action),
    };
    let forbidden = ActionSet::from_bits(parent.details.violations_mask).unwrap();
    let vln = action.filter(|action| forbidden.contains(*action)).map_or(0, |action| u16::from(action.code()));
    let mut details = SideDetails {
        parent: parent.id,
        action_counter: head.violations + u32::from(vln != 0),
        tsv: Timestamp(at),
        owner: parent.details.owner,
        requestor: parent.details.requestor,
        vln,
        node: parent.details.node,
        locktime: parent.details.locktime,
        event,
    };
    let mut link = Link { previous: head.previous, version: 1, timestamp: Timestamp(at + 1), target: 4 };
    spoil(&mut details, &mut link);
    let signer = (0..4).find(|index| parties.node(*index) == details.node).unwrap_or(0);
    SideBlock::build(details, link).sign(parties.network(), &parties.nodes[signer])
}

pub fn side_entry(block: &SideBlock) -> Entry {
    Entry::SideBlock(Box::new(block.clone()))
}
