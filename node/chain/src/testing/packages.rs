//! Parent blocks of the fixture's packages.

use super::{Parties, T0};
use medshare_contract_abi::{ActionSet, Sensitivity};
use medshare_contract_host::USAGE_WASM;
use medshare_crypto::hash::{Hash32, sha256};
use medshare_crypto::sign::Signature;
use medshare_exchange::request::SignedRequest;
use medshare_ledger::event::{Stage, StageEvent};
use medshare_ledger::facts::DataSet;
use medshare_ledger::id::{PackageId, Timestamp};
use medshare_ledger::link::Link;
use medshare_ledger::parent_block::{Details, ParentBlock};

impl Parties {
    pub(super) fn dataset_of(&self, owner: usize) -> DataSet {
        let id = self.owner(owner);
        self.facts.genesis().datasets.iter().find(|dataset| dataset.owner == id).unwrap().clone()
    }

    /// The parent block of a request, made by the owner's node and validated by the next one.
    pub fn parent_block(&self, request: &SignedRequest, previous: Hash32) -> ParentBlock {
        self.parent_block_at(request, previous, Timestamp(T0))
    }

    /// The same, made at some time.
    pub fn parent_block_at(&self, request: &SignedRequest, previous: Hash32, at: Timestamp) -> ParentBlock {
        self.parent_block_of(0, request, previous, at)
    }

    /// The same of the owner at this index.
    pub fn parent_block_of(
        &self,
        owner: usize,
        request: &SignedRequest,
        previous: Hash32,
        at: Timestamp,
    ) -> ParentBlock {
        let dataset = self.dataset_of(owner);
        let (node, second) = (owner, (owner + 1) % self.nodes.len());
        let violations = ActionSet::from_bits(dataset.permitted_mask).unwrap().complement();
        let details = Details {
            action_counter: violations.count(),
            violations_mask: violations.bits(),
            exempt_mask: 0,
            ttr: at,
            ttp: at,
            tts: at,
            owner: self.owner(owner),
            requestor: self.requestor.id(),
            dataset: dataset.id,
            sensitivity: Sensitivity::High.code(),
            purpose: request.request.purpose.clone(),
            node: self.node(node),
            second_node: self.node(second),
            package: PackageId::from_bytes([9; 32]),
            contract: sha256(USAGE_WASM),
            request: request.hash(),
            locktime: at.plus_ms(dataset.lifetime_ms),
        };
        let commitment = |stage: Stage| sha256(stage.name().as_bytes());
        let event = |stage: Stage| StageEvent { stage, at, commitment: commitment(stage) };
        let events: Vec<_> = Stage::ALL.into_iter().map(event).collect();
        let link = Link {
            previous,
            version: dataset.rules_version,
            timestamp: at,
            target: self.facts.parameters().target_bits,
        };
        let unsigned = Signature::from_bytes([0; 64]);
        let draft = ParentBlock::build(details.clone(), events.clone(), unsigned, link.clone());
        let validation = self.nodes[second].sign(&draft.block().validation(self.facts.network()).unwrap());
        ParentBlock::build(details, events, validation, link).sign(self.facts.network(), &self.nodes[node])
    }
}
