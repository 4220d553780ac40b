//! A story that is looked at.

use medshare_contract_abi::{Action, ReportKind};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_crypto::sign::SigningKey;
use medshare_ledger::entry::{Decision, Entry, OwnerDecision};
use medshare_ledger::id::{LeaseId, Timestamp};
use medshare_ledger::link::Link;
use medshare_ledger::parent_block::ParentBlock;
use medshare_ledger::side_block::{Lease, Report, SideBlock, SideDetails, SideEvent};
use medshare_node_chain::Chain;
use medshare_node_chain::testing::{Parties, T0};

pub const LEASE: LeaseId = LeaseId::from_bytes([5; 16]);

/// A chain on which a package was delivered, perhaps opened, perhaps copied.
pub struct Story {
    pub parties: Parties,
    pub chain: Chain,
    pub parent: ParentBlock,
    pub agent: SigningKey,
}

impl Story {
    pub fn delivered() -> Self {
        let parties = Parties::new();
        let chain = parties.ready_chain();
        let parent = parties.parent_block(&parties.request(1), Hash32::ZERO);
        parties.decide(&chain, vec![Entry::ParentBlock(Box::new(parent.clone()))]);
        Self { parties, chain, parent, agent: SigningKey::from_seed([21; 32].into()) }
    }

    pub fn opened() -> Self {
        let story = Self::delivered();
        let lease = Lease {
            id: LEASE,
            parent: story.parent.id,
            node: story.parties.node(0),
            agent: story.agent.verifying_key(),
            created: Timestamp(T0 + 3_000),
            expires: Timestamp(T0 + 30_000),
            previous: None,
        };
        let requestor_signature = story.parties.requestor.signing.sign(&lease);
        story.append(T0 + 3_000, 0, SideEvent::Opening { lease, requestor_signature });
        story
    }

    /// The agent reports that the requestor copied the data; the side-block's id.
    pub fn copied(&self) -> SideBlock {
        self.copied_behind(1, Hash32::ZERO)
    }

    /// And once more, reported only now.
    pub fn copied_again(&self, first: &SideBlock) -> SideBlock {
        let SideEvent::Reported { report, .. } = &first.details.event else { unreachable!("it is a report") };
        self.copied_behind(2, report.hash())
    }

    fn copied_behind(&self, sequence: u32, previous: Hash32) -> SideBlock {
        let report = Report {
            parent: self.parent.id,
            lease: LEASE,
            sequence,
            previous,
            kind: ReportKind::Action(Action::Copy).code(),
            at: Timestamp(T0 + 4_000),
            commitment: sha256(b"sealed"),
        };
        let agent_signature = self.agent.sign(&report);
        self.append(T0 + 4_000, u16::from(Action::Copy.code()), SideEvent::Reported { report, agent_signature })
    }

    /// The owner upholds the end of access, having looked at all violations; the entry's hash.
    pub fn upheld(&self, sequence: u32) -> Hash32 {
        let judged = self.chain.state().side_chain(self.parent.id).unwrap().unwrap().last_violation;
        let decision = OwnerDecision {
            network: self.parties.facts.network(),
            owner: self.parties.owner(0),
            parent: self.parent.id,
            sequence,
            decision: Decision::Uphold,
            judged,
            at: Timestamp(T0 + 5_000),
        };
        let signature = self.parties.owners[0].sign(&decision);
        let entry = Entry::OwnerDecision(decision, signature);
        let hash = entry.hash();
        self.parties.decide(&self.chain, vec![entry]);
        hash
    }

    pub fn append(&self, at: u64, vln: u16, event: SideEvent) -> SideBlock {
        let (details, chain) = (&self.parent.details, self.chain.state().side_chain(self.parent.id).unwrap().unwrap());
        let details = SideDetails {
            parent: self.parent.id,
            action_counter: chain.violations + u32::from(vln > 0),
            tsv: Timestamp(at),
            owner: details.owner,
            requestor: details.requestor,
            vln,
            node: details.node,
            locktime: details.locktime,
            event,
        };
        let header = &self.parent.header;
        let link =
            Link { previous: chain.head, version: header.version, timestamp: Timestamp(at), target: header.target };
        let block = SideBlock::build(details, link).sign(self.parties.facts.network(), &self.parties.nodes[0]);
        self.parties.decide(&self.chain, vec![Entry::SideBlock(Box::new(block.clone()))]);
        block
    }
}
