//! Openings and reports, behind any head, under leases and numbers that somebody chooses.

use super::{Choices, Hostile, Line, any_of, time};
use medshare_contract_abi::ReportKind;
use medshare_crypto::hash::{Hash32, sha256};
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{LeaseId, Timestamp};
use medshare_ledger::link::Link;
use medshare_ledger::parent_block::ParentBlock;
use medshare_ledger::side_block::{Lease, Predecessor, Report, SideBlock, SideDetails, SideEvent};
use medshare_ledger::state::{SideChain, StateView};

impl Hostile {
    pub(super) fn opening(&self, line: &Line, now: u64, choices: &mut Choices<'_>) -> Option<Entry> {
        let parent = any_of(&line.blocks, choices)?;
        let created = time(now, choices);
        let lease = Lease {
            id: LeaseId::from_bytes([choices.byte() % 4; 16]),
            parent: parent.id,
            node: choices.mostly(parent.details.node, |_| self.parties.node(1)),
            agent: self.agent.verifying_key(),
            created,
            expires: choices.mostly(created.plus_ms(30_000), |choices| Timestamp(choices.number())),
            previous: choices.mostly(None, |choices| {
                let lease = LeaseId::from_bytes([choices.byte() % 4; 16]);
                Some(Predecessor {
                    lease,
                    reports: u32::from(choices.byte() % 3),
                    last_report: sha256(choices.bytes(4)),
                })
            }),
        };
        let keys = self.requestors.iter().find(|keys| keys.id() == parent.details.requestor)?;
        let requestor_signature = keys.signing.sign(&lease);
        Some(self.side_block(line, parent, created, SideEvent::Opening { lease, requestor_signature }, choices))
    }

    pub(super) fn report(&self, line: &Line, now: u64, choices: &mut Choices<'_>) -> Option<Entry> {
        let parent = any_of(&line.blocks, choices)?;
        let lease = LeaseId::from_bytes([choices.byte() % 4; 16]);
        let record = StateView::new(&line.views).lease(parent.id, lease).unwrap();
        let (next, last) = record.map_or((1, Hash32::ZERO), |lease| (lease.next_sequence, lease.last_report));
        let at = time(now, choices);
        let report = Report {
            parent: parent.id,
            lease,
            sequence: choices.mostly(next, |choices| choices.number() as u32),
            previous: choices.mostly(last, |choices| sha256(choices.bytes(1))),
            kind: choices.of(&[1, 2, 3, 4, 5, 6, ReportKind::Decrypted.code(), ReportKind::Retrieved.code()]),
            at,
            commitment: Hash32::ZERO,
        };
        let agent_signature = self.agent.sign(&report);
        Some(self.side_block(line, parent, at, SideEvent::Reported { report, agent_signature }, choices))
    }

    fn side_block(
        &self,
        line: &Line,
        parent: &ParentBlock,
        tsv: Timestamp,
        event: SideEvent,
        choices: &mut Choices<'_>,
    ) -> Entry {
        let chain = StateView::new(&line.views).side_chain(parent.id).unwrap();
        let chain = chain.unwrap_or_else(|| SideChain::of_parent(parent.id));
        let forbidden = |kind: u8| (1..=6).contains(&kind) && parent.details.violations_mask >> (kind - 1) & 1 == 1;
        let vln = match &event {
            SideEvent::Reported { report, .. } if forbidden(report.kind) => u16::from(report.kind),
            _ => 0,
        };
        let vln = choices.mostly(vln, |choices| u16::from(choices.byte() % 8));
        let counted = chain.violations + u32::from(vln != 0);
        let details = SideDetails {
            parent: parent.id,
            action_counter: choices.mostly(counted, |choices| choices.number() as u32),
            tsv,
            owner: parent.details.owner,
            requestor: parent.details.requestor,
            vln,
            node: parent.details.node,
            locktime: choices.mostly(parent.details.locktime, |choices| Timestamp(choices.number())),
            event,
        };
        let link = Link {
            previous: choices.mostly(chain.head, |_| parent.id.as_hash()),
            version: parent.header.version,
            timestamp: choices.mostly(tsv, |choices| Timestamp(choices.number())),
            target: 0,
        };
        let block = SideBlock::build(details, link).sign(self.parties.facts.network(), &self.parties.nodes[0]);
        Entry::SideBlock(Box::new(block))
    }
}
