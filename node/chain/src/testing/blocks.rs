//! Side-blocks and revocations of the fixture's parties.

use super::{Parties, T0};
use medshare_contract_abi::{Action, ReportKind};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_crypto::sign::{Signature, SigningKey};
use medshare_ledger::entry::{Entry, Revocation};
use medshare_ledger::id::{BlockId, LeaseId, Timestamp};
use medshare_ledger::link::Link;
use medshare_ledger::parent_block::ParentBlock;
use medshare_ledger::side_block::{Lease, Report, SideBlock, SideDetails, SideEvent};

/// Key of the agents of all leases.
fn agent() -> SigningKey {
    SigningKey::from_seed([21; 32].into())
}

fn lease_id(n: u32) -> LeaseId {
    LeaseId::from_bytes(std::array::from_fn(|at| n.to_be_bytes()[at % 4]))
}

impl Parties {
    /// The first owner's revocation of a package.
    #[must_use]
    pub fn revocation(&self, parent: BlockId) -> Entry {
        let (network, owner) = (self.facts.network(), self.owner(0));
        let revocation = Revocation { network, owner, parent, sequence: 0, reason: 1, at: self.at };
        let signature = self.owners[0].sign(&revocation);
        Entry::Revocation(revocation, signature)
    }

    /// An opening of a package under the lease of this number, which lasts so long, recorded by the first node.
    #[must_use]
    pub fn opening_details(&self, parent: &ParentBlock, n: u32, created: Timestamp, lasts_ms: u64) -> SideDetails {
        let expires = created.plus_ms(lasts_ms);
        let lease = Lease {
            id: lease_id(n),
            parent: parent.id,
            node: self.node(0),
            agent: agent().verifying_key(),
            created,
            expires,
            previous: None,
        };
        let requestor_signature = self.requestor.signing.sign(&lease);
        self.details(parent, created, 0, SideEvent::Opening { lease, requestor_signature })
    }

    /// The same as another node records it, which an opening's lease names.
    #[must_use]
    pub fn recorded_by(&self, node: usize, mut details: SideDetails) -> SideDetails {
        details.node = self.node(node);
        if let SideEvent::Opening { lease, requestor_signature } = &mut details.event {
            lease.node = details.node;
            *requestor_signature = self.requestor.signing.sign(lease);
        }
        details
    }

    /// A report of reading, by this number under the lease of a number, recorded by the owner's node.
    #[must_use]
    pub fn report_details(&self, parent: &ParentBlock, lease: u32, sequence: u32, at: Timestamp) -> SideDetails {
        self.reported(parent, (lease, sequence), ReportKind::Action(Action::Read), at, 0)
    }

    fn reported(
        &self,
        parent: &ParentBlock,
        (lease, sequence): (u32, u32),
        kind: ReportKind,
        at: Timestamp,
        vln: u16,
    ) -> SideDetails {
        let previous = if sequence == 1 { Hash32::ZERO } else { sha256(b"the report before") };
        let report = Report {
            parent: parent.id,
            lease: lease_id(lease),
            sequence,
            previous,
            kind: kind.code(),
            at,
            commitment: sha256(b"sealed"),
        };
        let agent_signature: Signature = agent().sign(&report);
        self.details(parent, at, vln, SideEvent::Reported { report, agent_signature })
    }

    fn details(&self, parent: &ParentBlock, tsv: Timestamp, vln: u16, event: SideEvent) -> SideDetails {
        SideDetails {
            parent: parent.id,
            action_counter: u32::from(vln != 0),
            tsv,
            owner: parent.details.owner,
            requestor: parent.details.requestor,
            vln,
            node: self.node(0),
            locktime: parent.details.locktime,
            event,
        }
    }

    /// An opening under the lease of this number.
    #[must_use]
    pub fn opening(&self, parent: &ParentBlock, previous: Hash32, n: u32) -> SideBlock {
        self.side_block(parent, self.opening_details(parent, n, Timestamp(T0), 60_000), previous, Timestamp(T0))
    }

    /// A report, under the first lease, of what the package's terms forbid.
    #[must_use]
    pub fn violation(&self, parent: &ParentBlock, previous: Hash32) -> SideBlock {
        let vln = u16::from(Action::Copy.code());
        let details = self.reported(parent, (1, 1), ReportKind::Action(Action::Copy), Timestamp(T0), vln);
        self.side_block(parent, details, previous, Timestamp(T0))
    }

    /// The first node's side-block of these contents.
    #[must_use]
    pub fn side_block(&self, parent: &ParentBlock, details: SideDetails, previous: Hash32, at: Timestamp) -> SideBlock {
        let target = self.facts.parameters().target_bits;
        let link = Link { previous, version: parent.header.version, timestamp: at, target };
        SideBlock::build(details, link).sign(self.facts.network(), &self.nodes[0])
    }
}
