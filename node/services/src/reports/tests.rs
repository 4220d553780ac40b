#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::unreachable, reason = "tests")]

mod damaged;
mod flooded;
mod hopeless;
mod recorded;
mod threads;

use super::*;
use crate::audit::{span::Span, violations};
use crate::gates::Gate;
use crate::sender::Sender;
use crate::services::testing::services;
use medshare_contract_abi::usage::{Comment, UsageCall, UsageInput, UsageState};
use medshare_contract_abi::{Action, Sensitivity};
use medshare_contract_host::USAGE_WASM;
use medshare_crypto::hash::Hash32;
use medshare_crypto::seal::Encapsulation;
use medshare_crypto::sign::SigningKey;
use medshare_crypto::stream::sealed_len;
use medshare_exchange::manifest::Manifest;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{LeaseId, Timestamp};
use medshare_ledger::parent_block::ParentBlock;
use medshare_node_chain::Chain;
use medshare_node_chain::testing::{ATTRIBUTE, Parties};
use medshare_node_store::fault::StoreFault;
use rand::rngs::OsRng;
use std::time::Duration;

/// Takes in what somebody hands in.
async fn take(services: &Arc<Services>, envelope: ReportEnvelope) -> Result<SideBlockMade, Refusal> {
    super::take(services, Bringer::Somebody(&Sender::UNKNOWN.into()), envelope).await
}

/// An owner's node, and an opened package that it made.
struct Opened {
    parties: Parties,
    services: Arc<Services>,
    manifest: Manifest,
    block: ParentBlock,
    parent: BlockId,
    lease: LeaseId,
    agent: SigningKey,
}

impl Opened {
    fn new() -> Self {
        Self::of(Parties::new())
    }

    fn of(parties: Parties) -> Self {
        Self::over(parties, |chain| chain)
    }

    /// The same over another chain than the one that is made for it.
    fn over(parties: Parties, other: impl FnOnce(Chain) -> Chain) -> Self {
        let parties = Parties { at: Timestamp(now().0 - 4_000), ..parties };
        let services = services(&parties, other(parties.ready_chain()));
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
            contract_key: key.public_key(),
            policy: ATTRIBUTE.to_owned(),
            attribute_block: Vec::new(),
            requestor_block: Encapsulation::from_bytes([0; Encapsulation::LEN]),
            key_commitment: [0; 32],
            files: Vec::new(),
            payload_length: sealed_len(0),
        };
        let at = parties.at.plus_ms(3_000);
        let details = parties.opening_details(&parent, 1, at, 60_000);
        let SideEvent::Opening { lease, .. } = &details.event else { unreachable!("it is an opening") };
        let lease = lease.id;
        let opening = parties.side_block(&parent, details, parent.id.as_hash(), at);
        let (block, parent_id) = (parent.clone(), parent.id);
        parties.decide(&services.chain, vec![Entry::ParentBlock(Box::new(parent))]);
        parties.decide(&services.chain, vec![Entry::SideBlock(Box::new(opening))]);
        let agent = SigningKey::from_seed([21; 32].into());
        Self { parties, services, manifest, block, parent: parent_id, lease, agent }
    }

    /// What the agent sends when its requestor copies data, with her words.
    fn copied(&self, comment: &str) -> ReportEnvelope {
        self.did(Action::Copy, comment)
    }

    fn did(&self, action: Action, comment: &str) -> ReportEnvelope {
        let state = UsageState { opened: true, ..UsageState::default() };
        let call = UsageCall::Act { action, comment: Comment::new(comment).unwrap() };
        let parameters = self.manifest.usage_parameters().unwrap();
        let input = UsageInput { parameters, state, call, now_ms: now().0 };
        let contract = UsageContract::standard().unwrap();
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

    /// The same report with something of it changed.
    fn changed(&self, mut envelope: ReportEnvelope, change: impl FnOnce(&mut Report)) -> ReportEnvelope {
        change(&mut envelope.report);
        envelope.agent_signature = self.agent.sign(&envelope.report);
        envelope
    }

    /// Takes this report in and decides it.
    async fn record(&self, envelope: ReportEnvelope) {
        let services = Arc::clone(&self.services);
        let taken = tokio::spawn(async move { take(&services, envelope).await });
        self.listed().await.unwrap();
        taken.await.unwrap().unwrap();
    }

    /// Decides a further report behind the last one of the lease.
    fn decide_next(&self) {
        let state = self.services.chain.state();
        let last = state.lease(self.parent, self.lease).unwrap().unwrap();
        let head = state.side_chain(self.parent).unwrap().unwrap().head;
        let (at, sequence) = (now(), last.next_sequence);
        let SideEvent::Reported { report, .. } = self.parties.report_details(&self.block, 1, sequence, at).event else {
            unreachable!("it is a report")
        };
        let report = Report { lease: self.lease, previous: last.last_report, ..report };
        let event = SideEvent::Reported { agent_signature: self.agent.sign(&report), report };
        let details = SideDetails { event, ..self.parties.report_details(&self.block, 1, sequence, at) };
        let details = SideDetails { action_counter: 1, ..details };
        let block = self.parties.side_block(&self.block, details, head, at);
        self.parties.decide(&self.services.chain, vec![Entry::SideBlock(Box::new(block))]);
        let after = self.services.chain.state().lease(self.parent, self.lease).unwrap().unwrap();
        assert_eq!(after.next_sequence, sequence + 1, "it is recorded");
    }

    fn waiting(&self, sequence: u32) -> WaitingReport {
        WaitingReport { received: now(), parent: self.parent, lease: self.lease, sequence }
    }

    /// Forgets the words of a report of the first number that waits.
    fn forget(&self, hash: &Hash32) -> Result<(), StoreFault> {
        let private = &self.services.private;
        let waiting = private.waiting_of_number(self.parent, self.lease, 1)?;
        let (_, mark) = waiting.into_iter().find(|(other, _)| other == hash).unwrap();
        private.forget_words(hash, &mark)
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
            let violations = violations::of_owner(chain, private, self.parties.owner(0), Span::WHOLE).unwrap();
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
    let (hash, again) = (envelope.report.hash(), envelope.clone());
    opened.record(envelope).await;
    assert!(opened.services.private.waiting_reports().unwrap().is_empty());
    opened.services.private.put_words(&hash, "", &opened.waiting(1)).and_then(|()| opened.forget(&hash)).unwrap();
    for _ in 0..4 {
        let other = opened.copied("another").report.hash();
        opened.services.private.put_words(&other, "another", &opened.waiting(1)).unwrap();
    }
    for _ in 0..2 {
        assert_eq!(take(&opened.services, again.clone()).await.unwrap_err().code, Code::ReportKnown);
        assert!(opened.services.private.words(&hash).unwrap().unwrap().contains("on a stick"));
    }
    assert!(opened.services.private.waiting_reports().unwrap().is_empty());
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
async fn a_report_that_does_not_follow_the_one_before_it_leaves_no_words() {
    let opened = Opened::new();
    let broken = opened.changed(opened.copied("on a stick"), |report| report.previous = Hash32::from_bytes([7; 32]));
    let early = opened.changed(opened.copied("on a stick"), |report| report.sequence = 2);
    for envelope in [broken, early] {
        let hash = envelope.report.hash();
        assert_eq!(take(&opened.services, envelope).await.unwrap_err().code, Code::Rejected);
        assert_eq!(opened.services.private.words(&hash).unwrap(), None);
    }
    assert!(opened.services.private.waiting_reports().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_different_reports_of_one_number_few_are_kept_and_those_that_are_not_recorded_go() {
    let opened = Opened::new();
    let private = &opened.services.private;
    let others: Vec<Hash32> = (0..5).map(|_| opened.copied("another").report.hash()).collect();
    let put = |hash: &Hash32| private.put_words(hash, "another", &opened.waiting(1)).unwrap();
    others[..4].iter().for_each(put);
    let envelope = opened.copied("on a stick");
    let hash = envelope.report.hash();
    let crowded = take(&opened.services, envelope.clone()).await.unwrap_err();
    assert_eq!((crowded.code, private.words(&hash).unwrap()), (Code::TooManyRequests, None));
    opened.forget(&others[0]).unwrap();
    opened.record(envelope).await;
    let words = || -> Vec<bool> { others.iter().map(|other| private.words(other).unwrap().is_some()).collect() };
    assert_eq!(words(), [false; 5], "another of their number is recorded");
    // One that was taken in before it knew, and is late when others have followed.
    opened.decide_next();
    put(&others[4]);
    private.put_words(&hash, "on a stick", &opened.waiting(1)).unwrap();
    leftovers::sweep(&opened.services, now().0 + 3 * 3_600_000).unwrap();
    assert_eq!(words(), [false; 5]);
    assert!(private.waiting_reports().unwrap().is_empty());
    assert_eq!(private.words(&hash).unwrap().as_deref(), Some("on a stick"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_of_reports_that_are_never_decided_go_and_those_of_decided_ones_stay() {
    let opened = Opened::new();
    let private = &opened.services.private;
    let (envelope, never) = (opened.copied("decided"), opened.copied("never").report.hash());
    let decided = envelope.report.hash();
    opened.record(envelope).await;
    private.put_words(&decided, "decided", &opened.waiting(1)).unwrap();
    private.put_words(&never, "never", &opened.waiting(2)).unwrap();
    leftovers::sweep(&opened.services, now().0).unwrap();
    assert_eq!(private.waiting_reports().unwrap().len(), 2, "they may still be decided");
    leftovers::sweep(&opened.services, now().0 + 3 * 3_600_000).unwrap();
    assert!(private.waiting_reports().unwrap().is_empty());
    assert_eq!((private.words(&decided).unwrap().as_deref(), private.words(&never).unwrap()), (Some("decided"), None));
}
