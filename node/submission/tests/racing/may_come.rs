//! What may still be decided of a block that a node gave up bringing onto the ledger.

use super::World;
use medshare_crypto::hash::{Hash32, sha256};
use medshare_ledger::codec;
use medshare_ledger::entry::Entry;
use medshare_ledger::link::Link;
use medshare_ledger::parent_block::ParentBlock;
use medshare_node_chain::clock::now;
use medshare_node_chain::testing::ATTRIBUTE;
use medshare_node_refusal::Code;
use medshare_node_submission::{Heard, NotAppended};
use std::sync::{Arc, Mutex};
use tokio::task::JoinHandle;

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
    let block = forms.lock().unwrap().last().cloned().unwrap();
    let kept = Entry::ParentBlock(Box::new(block.clone()));
    let told = Heard::read(&codec::encode(&vec![&kept])).unwrap();
    assert!(world.nodes[1].submission.take_gossip(told).unwrap().is_none());
    world.decide(1);
    let record = world.nodes[0].chain.state().block(block.id).unwrap();
    assert_eq!(record.unwrap().package, block.details.package);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_that_breaks_a_rule_for_good_does_not_come() {
    let mut world = World::new();
    // It was answered before.
    let task = delivery(&world, 1, Arc::default());
    assert!(!world.run(vec![task]).await.remove(0).unwrap_err().may_come);
}

/// The delivery of what was asked for under a nonce, by the first node, which notes the first form of its block.
fn delivery(
    world: &World,
    nonce: u8,
    forms: Arc<Mutex<Vec<ParentBlock>>>,
) -> JoinHandle<Result<ParentBlock, NotAppended>> {
    let (network, requestor) = (world.parties.facts.network(), world.parties.requestor.id());
    let block = world.parties.parent_block_at(&world.parties.request(nonce), Hash32::ZERO, now());
    let (version, parties) = (block.header.version, Arc::clone(&world.parties));
    let submission = Arc::clone(&world.nodes[0].submission);
    tokio::spawn(async move {
        let first = move |link: Link| {
            let form = block.relink(link.previous, link.timestamp, network, &parties.nodes[0]);
            forms.lock().unwrap().push(form.clone());
            form
        };
        submission.append_parent_block(first, version, requestor).await
    })
}
