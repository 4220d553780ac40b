#![allow(clippy::unwrap_used, clippy::unreachable, reason = "tests")]

use super::*;
use crate::sender::Sender;
use crate::services::testing::{Other, connected, services};
use crate::trigger::{self, forwarding::Forwardable};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use medshare_exchange::report::report_commitment;
use medshare_ledger::codec;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::Timestamp;
use medshare_ledger::parent_block::ParentBlock;
use medshare_ledger::side_block::{Report, SideDetails, SideEvent};
use medshare_node_chain::testing::{Parties, T0};
use std::time::Duration;

/// A node that serves no owner, the node of the package's owner, and the package, opened under leases of these numbers.
async fn opened(parties: &Parties, leases: &[u32]) -> (Arc<Services>, Other, ParentBlock, Hash32) {
    let mut services = services(parties, parties.ready_chain());
    Arc::get_mut(&mut services).unwrap().node = parties.node(3);
    let owners = connected(parties, &mut services, &[0]).await.pop().unwrap();
    let parent = parties.parent_block(&parties.request(1), Hash32::ZERO);
    parties.decide(&services.chain, vec![Entry::ParentBlock(Box::new(parent.clone()))]);
    let mut head = parent.id.as_hash();
    for lease in leases {
        let opening = parties.opening(&parent, head, *lease);
        head = opening.header.hash();
        parties.decide(&services.chain, vec![Entry::SideBlock(Box::new(opening))]);
    }
    (services, owners, parent, head)
}

/// A report of this number, as the agent of the lease sends it.
fn envelope(parties: &Parties, parent: &ParentBlock, lease: u32, sequence: u32) -> ReportEnvelope {
    let details = parties.report_details(parent, lease, sequence, Timestamp(T0));
    let SideEvent::Reported { report, .. } = details.event else { unreachable!("a report") };
    let report = Report { commitment: report_commitment(&[]), ..report };
    let agent = SigningKey::from_seed([21; 32].into());
    ReportEnvelope { agent_signature: agent.sign(&report), report, sealed: Vec::new() }
}

fn send(services: &Arc<Services>, envelope: ReportEnvelope) -> tokio::task::JoinHandle<Result<SideBlockMade, Refusal>> {
    let services = Arc::clone(services);
    tokio::spawn(async move { trigger::report(&services, &Sender::UNKNOWN.into(), envelope).await })
}

/// The report that the owner's node is asked about next.
async fn handed_on(owners: &mut Other) -> (Report, tokio::sync::oneshot::Sender<Vec<u8>>) {
    let question = owners.asked(Protocol::ForwardReport).await;
    let Ok(Forwarded::Report(envelope)) = codec::decode(&question.bytes) else { unreachable!("a report") };
    (envelope.report, question.reply)
}

fn refusal(code: Code) -> Vec<u8> {
    codec::encode::<Forwardable>(&Err(Refusal::new(code, "said by the owner's node")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_that_come_too_early_wait_here_and_close_nobodys_way() {
    let parties = Parties::new();
    let (services, mut owners, parent, _) = opened(&parties, &[1, 2, 3]).await;
    let early: Vec<_> = [1, 2]
        .into_iter()
        .flat_map(|lease| (2..=5).map(move |sequence| (lease, sequence)))
        .map(|(lease, sequence)| send(&services, envelope(&parties, &parent, lease, sequence)))
        .collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let next = envelope(&parties, &parent, 3, 1);
    let sent = send(&services, next.clone());
    let (report, reply) = handed_on(&mut owners).await;
    assert_eq!(report, next.report, "nothing else was handed on before it");
    assert_eq!(send(&services, next).await.unwrap().unwrap_err().code, Code::TooManyRequests, "a copy of it waits");
    reply.send(refusal(Code::BadReport)).unwrap();
    assert_eq!(sent.await.unwrap().unwrap_err().code, Code::BadReport);
    for report in early {
        let refusal = report.await.unwrap().unwrap_err();
        assert!(matches!(refusal.code, Code::Rejected), "{refusal}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_behind_says_so_of_a_report_whose_place_it_does_not_know() {
    let parties = Parties::new();
    let (services, owners, parent, _) = opened(&parties, &[1]).await;
    for other in 1..=2 {
        services.others.say(parties.node(other), 1_000);
    }
    // The report before it is on the others' ledger.
    let sent = send(&services, envelope(&parties, &parent, 1, 2));
    let refusal = sent.await.unwrap().unwrap_err();
    assert_eq!(refusal.code, Code::CatchingUp);
    assert!(refusal.code.class().is_passing());
    drop(owners);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_hangs_up_keeps_the_place_that_its_question_takes() {
    let parties = Parties::new();
    let (services, mut owners, parent, _) = opened(&parties, &[1]).await;
    let next = envelope(&parties, &parent, 1, 1);
    let sent = send(&services, next.clone());
    let (_, reply) = handed_on(&mut owners).await;
    sent.abort();
    assert!(sent.await.unwrap_err().is_cancelled());
    assert_eq!(send(&services, next.clone()).await.unwrap().unwrap_err().code, Code::TooManyRequests);
    reply.send(refusal(Code::BadReport)).unwrap();
    let requestor = parent.details.requestor;
    while services.under_way.begin_report(&next.report, (requestor, Some(parties.node(2))), 1).is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let again = send(&services, next);
    handed_on(&mut owners).await.1.send(refusal(Code::BadReport)).unwrap();
    again.await.unwrap().unwrap_err();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_that_its_owners_node_has_is_not_handed_on_again_and_again() {
    let parties = Parties::new();
    let (services, mut owners, parent, head) = opened(&parties, &[1]).await;
    let recorded = envelope(&parties, &parent, 1, 1);
    let details = SideDetails {
        event: SideEvent::Reported { report: recorded.report.clone(), agent_signature: recorded.agent_signature },
        ..parties.report_details(&parent, 1, 1, Timestamp(T0))
    };
    let block = parties.side_block(&parent, details, head, Timestamp(T0));
    parties.decide(&services.chain, vec![Entry::SideBlock(Box::new(block))]);
    // As long as that node does not say that it has it, it is asked: its words may be missing there.
    for code in [Code::NodeFault, Code::ReportKnown] {
        let sent = send(&services, recorded.clone());
        handed_on(&mut owners).await.1.send(refusal(code)).unwrap();
        assert_eq!(sent.await.unwrap().unwrap_err().code, code);
    }
    assert_eq!(send(&services, recorded).await.unwrap().unwrap_err().code, Code::ReportKnown);
    assert!(owners.questions.try_recv().is_err(), "it was asked no more");
}
