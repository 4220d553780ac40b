#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::unreachable, reason = "tests")]

use super::*;
use crate::audit::{blocks, span::Span};
use crate::services::testing::services;
use medshare_contract_abi::usage::{Comment, UsageCall, UsageInput, UsageState};
use medshare_contract_abi::{Action, Sensitivity};
use medshare_contract_host::USAGE_WASM;
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use medshare_ledger::codec;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{LeaseId, Timestamp};
use medshare_node_chain::testing::{ATTRIBUTE, Parties};
use rand::rngs::OsRng;
use std::time::Duration;

/// An owner's node, and an opened package that it made.
struct Opened {
    parties: Parties,
    services: Arc<Services>,
    manifest: Manifest,
    parent: BlockId,
    lease: LeaseId,
    agent: SigningKey,
}

impl Opened {
    fn new() -> Self {
        let parties = Parties { at: Timestamp(now().0 - 4_000), ..Parties::new() };
        let services = services(&parties, parties.ready_chain());
        let request = parties.request(1);
        let parent = parties.parent_block_at(&request, Hash32::ZERO, parties.at);
        let key = contract_key(&services.keys.contracts, &request.hash());
        let dataset = parties.facts.genesis().datasets[0].clone();
        let manifest = Manifest {
            network: parties.facts.network(),
            owner: parties.owner(0),
            requestor: parties.requestor.id(),
            dataset: dataset.id,
            record_type: dataset.record_type,
            purpose: request.request.purpose.clone(),
            request: request.hash(),
            sensitivity: Sensitivity::High.code(),
            permitted_mask: dataset.permitted_mask,
            exempt_mask: 0,
            expires: parent.details.locktime,
            node: parties.node(0),
            created: parties.at,
            contract: USAGE_WASM.to_vec(),
            contract_key: key.public_key().to_bytes(),
            policy: ATTRIBUTE.to_owned(),
            attribute_block: Vec::new(),
            requestor_block: [0; 32],
            key_commitment: [0; 32],
            files: Vec::new(),
            payload_length: 0,
        };
        let file = format!("{}.manifest", parent.details.package);
        std::fs::write(parties.home.path().join("packages").join(file), codec::encode(&manifest)).unwrap();
        let at = parties.at.plus_ms(3_000);
        let details = parties.opening_details(&parent, 1, at, 60_000);
        let SideEvent::Opening { lease, .. } = &details.event else { unreachable!("it is an opening") };
        let lease = lease.id;
        let opening = parties.side_block(&parent, details, parent.id.as_hash(), at);
        let parent_id = parent.id;
        parties.decide(&services.chain, vec![Entry::ParentBlock(Box::new(parent))]);
        parties.decide(&services.chain, vec![Entry::SideBlock(Box::new(opening))]);
        let agent = SigningKey::from_seed([21; 32].into());
        Self { parties, services, manifest, parent: parent_id, lease, agent }
    }

    /// What the agent sends when its requestor copies data, with her words.
    fn copied(&self, comment: &str) -> ReportEnvelope {
        let state = UsageState { opened: true, ..UsageState::default() };
        let call = UsageCall::Act { action: Action::Copy, comment: Comment::new(comment).unwrap() };
        let parameters = self.manifest.usage_parameters().unwrap();
        let input = UsageInput { parameters, state, call, now_ms: now().0 };
        let contract = UsageContract::new(self.services.contracts.get(USAGE_WASM).unwrap());
        let body = contract.decide(&input).unwrap().report().unwrap().clone();
        let (sequence, kind) = (body.sequence, body.kind.code());
        let key = contract_key(&self.services.keys.contracts, &self.manifest.request).public_key();
        let sealed = ReportText { input, body }.seal(&key, self.parent, self.lease, &mut OsRng).unwrap();
        let report = Report {
            parent: self.parent,
            lease: self.lease,
            sequence,
            previous: Hash32::ZERO,
            kind,
            at: now(),
            commitment: report_commitment(&sealed),
        };
        ReportEnvelope { agent_signature: self.agent.sign(&report), report, sealed }
    }

    /// Decides what waits until the owner's list has a violation; its words.
    async fn listed(&self) -> Option<String> {
        for _ in 0..500 {
            let batch = self.services.chain.propose(self.parties.node(0), now()).unwrap();
            let entries: Vec<_> = batch.entries().iter().map(|entry| entry.entry().clone()).collect();
            if !entries.is_empty() {
                self.parties.decide(&self.services.chain, entries);
            }
            let (chain, private) = (&self.services.chain, &self.services.private);
            let violations = blocks::violations(chain, private, self.parties.owner(0), Span::WHOLE).unwrap();
            if let Some(violation) = violations.items.into_iter().next() {
                return violation.comment;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        None
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_violation_whose_sender_hangs_up_at_once_is_recorded_with_its_words() {
    let opened = Opened::new();
    let mut taking = Box::pin(take(&opened.services, opened.copied("on a stick")));
    assert!(futures::poll!(&mut taking).is_pending());
    drop(taking);
    assert_eq!(opened.listed().await.as_deref(), Some("on a stick"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_that_are_missing_of_a_report_that_is_known_are_kept_when_it_comes_again() {
    let opened = Opened::new();
    let envelope = opened.copied("on a stick");
    let (services, hash) = (Arc::clone(&opened.services), envelope.report.hash());
    let again = envelope.clone();
    let taken = tokio::spawn(async move { take(&services, envelope).await });
    opened.listed().await.unwrap();
    taken.await.unwrap().unwrap();
    assert!(opened.services.private.waiting_reports().unwrap().is_empty());
    opened.services.private.forget_words(&hash).unwrap();
    for _ in 0..2 {
        assert_eq!(take(&opened.services, again.clone()).await.unwrap_err().code, Code::ReportKnown);
        assert!(opened.services.private.words(&hash).unwrap().unwrap().contains("on a stick"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_that_is_sent_twice_at_once_keeps_its_words_and_others_of_its_number_cost_nothing() {
    let opened = Opened::new();
    let (envelope, other) = (opened.copied("on a stick"), opened.copied("something else"));
    let attempts = [envelope.clone(), envelope].map(|envelope| {
        let services = Arc::clone(&opened.services);
        tokio::spawn(async move { take(&services, envelope).await.is_ok() })
    });
    assert_eq!(opened.listed().await.as_deref(), Some("on a stick"));
    for attempt in attempts {
        // The second may have found it recorded.
        attempt.await.unwrap();
    }
    assert_eq!(opened.listed().await.as_deref(), Some("on a stick"));
    let hash = other.report.hash();
    assert_eq!(take(&opened.services, other).await.unwrap_err().code, Code::Rejected);
    assert_eq!(opened.services.private.words(&hash).unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_that_fails_leaves_the_words_to_another_at_the_same_report() {
    let opened = Opened::new();
    let private = &opened.services.private;
    // it names another report before it than the ledger has: refused for good once it is opened
    let mut envelope = opened.copied("on a stick");
    envelope.report.previous = Hash32::from_bytes([7; 32]);
    envelope.agent_signature = opened.agent.sign(&envelope.report);
    let hash = envelope.report.hash();
    let refusal = take(&opened.services, envelope).await.unwrap_err();
    assert!(!refusal.code.class().is_passing(), "{refusal}");
    assert!(private.words(&hash).unwrap().unwrap().contains("on a stick"));
    leftovers::sweep(&opened.services, now().0 + 3 * 3_600_000).unwrap();
    assert_eq!(private.words(&hash).unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_of_reports_that_are_never_decided_go_and_those_of_decided_ones_stay() {
    let opened = Opened::new();
    let private = &opened.services.private;
    let (decided, never) = (opened.copied("decided").report.hash(), opened.copied("never").report.hash());
    let waiting = |sequence| WaitingReport { received: now(), parent: opened.parent, lease: opened.lease, sequence };
    private.put_words(&decided, "decided", &waiting(0)).unwrap();
    private.put_words(&never, "never", &waiting(1)).unwrap();
    leftovers::sweep(&opened.services, now().0).unwrap();
    assert_eq!(private.waiting_reports().unwrap().len(), 2, "they may still be decided");
    leftovers::sweep(&opened.services, now().0 + 3 * 3_600_000).unwrap();
    assert!(private.waiting_reports().unwrap().is_empty());
    assert_eq!((private.words(&decided).unwrap().as_deref(), private.words(&never).unwrap()), (Some("decided"), None));
}
