//! What may still be decided of a block that a node gave up bringing onto the ledger.

use super::World;
use medshare_crypto::hash::{Hash32, sha256};
use medshare_exchange::request::{DataRequest, SignedRequest};
use medshare_ledger::check::NamedEntry;
use medshare_ledger::codec;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::Timestamp;
use medshare_ledger::link::Link;
use medshare_ledger::parent_block::ParentBlock;
use medshare_ledger::rejection::Rejection;
use medshare_node_chain::clock::now;
use medshare_node_chain::testing::{ATTRIBUTE, damage_place};
use medshare_node_refusal::Code;
use medshare_node_submission::{Heard, NotAppended};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinHandle;

type Appended = Result<ParentBlock, NotAppended>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_given_up_while_access_had_ended_may_come_when_a_validator_tells_of_it_again() {
    let mut world = World::new();
    let requestor = world.parties.requestor.id();
    world.decide_all(vec![world.parties.attribute_keys(&[ATTRIBUTE])]);
    world.decide_all(vec![world.parties.revocation(world.parent.id)]);
    let forms = Arc::new(Mutex::new(Vec::new()));
    let task = delivery(&world, 2, Arc::clone(&forms));
    let not_appended = world.run(vec![task]).await.remove(0).unwrap_err();
    assert_eq!(not_appended.refusal.code, Code::AccessEnded);
    assert!(not_appended.may_come, "whoever keeps its package would lose what is delivered below");

    let access = world.nodes[0].chain.state().access(requestor).unwrap().unwrap();
    world.decide_all(vec![world.parties.grant_behind(access.revocations, now().0, sha256(b"proxy key"))]);
    tell(&world, 1, &last(&forms));
    world.decide(1);
    assert!(is_delivered(&world, &last(&forms)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_that_is_too_late_by_this_nodes_clock_may_come_by_another_ones() {
    let mut world = World::new();
    let created = now();
    let deadline = created.plus_ms(3_000);
    let asked = DataRequest { created, deadline, ..world.parties.asked(70) };
    let request = SignedRequest::sign(asked, &world.parties.requestor.signing);
    world.decide_all(vec![request.entry()]);
    let forms = Arc::default();
    let task = deliver(&world, &request, Arc::clone(&forms));
    until(|| now() > deadline).await;
    // a height of a node that has not heard of the block
    world.decide_at(1, Timestamp(deadline.0 - 2));
    let not_appended = task.await.unwrap().unwrap_err();
    assert_eq!(not_appended.refusal.code, Code::Expired);
    assert!(not_appended.may_come && !not_appended.may_pass);

    tell(&world, 1, &last(&forms));
    world.decide_at(1, Timestamp(deadline.0 - 1));
    assert!(is_delivered(&world, &last(&forms)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_that_this_nodes_contract_host_failed_on_may_come_from_another_node() {
    let mut world = World::new();
    let forms = Arc::default();
    let task = delivery(&world, 2, Arc::clone(&forms));
    let chain = Arc::clone(&world.nodes[0].chain);
    until(|| !chain.mempool.is_empty()).await;
    // what a verdict makes of it, and a proposal
    chain.mempool.refuse(&entry(&last(&forms)).hash(), Rejection::ContractFailed);
    let not_appended = task.await.unwrap().unwrap_err();
    assert!(not_appended.may_come && !not_appended.may_pass, "{not_appended:?}");

    tell(&world, 1, &last(&forms));
    world.decide(1);
    assert!(is_delivered(&world, &last(&forms)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_may_come_when_a_fault_hides_whether_it_was_taken_in() {
    let world = World::new();
    let chain = Arc::clone(&world.nodes[0].chain);
    let task = noted(&world, &world.parties.request(2), move |form| damage_place(&chain, &entry(form).hash()));
    let not_appended = task.await.unwrap().unwrap_err();
    assert_eq!(not_appended.refusal.code, Code::NodeFault);
    assert!(not_appended.may_come && not_appended.may_pass);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_whose_request_was_answered_by_another_one_does_not_come() {
    let mut world = World::new();
    let forms = Arc::default();
    let task = delivery(&world, 2, Arc::clone(&forms));
    until(|| !world.nodes[0].chain.mempool.is_empty()).await;
    let other = world.parties.parent_block_at(&world.parties.request(2), world.parent.id.as_hash(), now());
    tell(&world, 1, &other);
    world.decide(1);
    assert!(is_delivered(&world, &other));
    assert!(!task.await.unwrap().unwrap_err().may_come);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_block_that_was_handed_in_may_come_after_all() {
    let world = World::new();
    let (network, parties) = (world.parties.facts.network(), Arc::clone(&world.parties));
    let block = parties.parent_block_at(&parties.request(2), Hash32::ZERO, now());
    let (version, requestor) = (block.header.version, parties.requestor.id());
    let ahead =
        move |link: Link| block.relink(link.previous, link.timestamp.plus_ms(3_600_000), network, &parties.nodes[0]);
    let appended = world.nodes[0].submission.append_parent_block(ahead, version, requestor).await;
    let not_appended = appended.unwrap_err();
    assert_eq!(not_appended.refusal.code, Code::FromTheFuture);
    assert!(not_appended.may_pass && !not_appended.may_come);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_that_breaks_a_rule_for_good_does_not_come() {
    let mut world = World::new();
    // It was answered before.
    let task = delivery(&world, 1, Arc::default());
    assert!(!world.run(vec![task]).await.remove(0).unwrap_err().may_come);
}

/// The delivery of what was asked for under a nonce, by the first node, which notes the forms of its block.
fn delivery(world: &World, nonce: u8, forms: Arc<Mutex<Vec<ParentBlock>>>) -> JoinHandle<Appended> {
    deliver(world, &world.parties.request(nonce), forms)
}

/// The same of a request.
fn deliver(world: &World, request: &SignedRequest, forms: Arc<Mutex<Vec<ParentBlock>>>) -> JoinHandle<Appended> {
    noted(world, request, move |form| forms.lock().unwrap().push(form.clone()))
}

/// The same, with the first form of its block noted.
fn noted(
    world: &World,
    request: &SignedRequest,
    note: impl FnOnce(&ParentBlock) + Send + 'static,
) -> JoinHandle<Appended> {
    let (network, requestor) = (world.parties.facts.network(), world.parties.requestor.id());
    let block = world.parties.parent_block_at(request, Hash32::ZERO, now());
    let (version, parties) = (block.header.version, Arc::clone(&world.parties));
    let submission = Arc::clone(&world.nodes[0].submission);
    tokio::spawn(async move {
        let first = move |link: Link| {
            let form = block.relink(link.previous, link.timestamp, network, &parties.nodes[0]);
            note(&form);
            form
        };
        submission.append_parent_block(first, version, requestor).await
    })
}

fn last(forms: &Mutex<Vec<ParentBlock>>) -> ParentBlock {
    forms.lock().unwrap().last().cloned().unwrap()
}

fn entry(block: &ParentBlock) -> NamedEntry {
    NamedEntry::new(Entry::ParentBlock(Box::new(block.clone())))
}

/// A validator that kept a form of a block tells a node of it.
fn tell(world: &World, node: usize, block: &ParentBlock) {
    let told = Heard::read(&codec::encode(&vec![&Entry::ParentBlock(Box::new(block.clone()))])).unwrap();
    assert!(world.nodes[node].submission.take_gossip(told).unwrap().is_none());
}

fn is_delivered(world: &World, block: &ParentBlock) -> bool {
    let record = world.nodes[0].chain.state().block(block.id).unwrap();
    record.is_some_and(|record| record.package == block.details.package)
}

async fn until(holds: impl Fn() -> bool) {
    while !holds() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
