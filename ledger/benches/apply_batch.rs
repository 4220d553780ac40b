//! Execution of a full batch: 2,000 openings of one package, each with a requestor's signature to verify.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a bench that goes wrong should stop")]

#[path = "../tests/network/mod.rs"]
mod network;

use criterion::{Criterion, criterion_group, criterion_main};
use medshare_crypto::hash::Hash32;
use medshare_ledger::batch::UncheckedBatch;
use medshare_ledger::execution::apply_batch;
use medshare_ledger::facts::Parameters;
use medshare_ledger::state_tree::next_version;
use network::entries::{self as make, Head, parent_entry, side_entry};
use network::{Node, Parties, T0, parties};

fn full_batch(criterion: &mut Criterion) {
    let parameters = Parameters { max_side_blocks: 10_000, ..parties::parameters() };
    let mut node = Node::new(Parties::with_parameters(parameters));
    let parent = make::parent_block(&node.parties, ("request", T0), Hash32::ZERO, |_, _, _| {});
    let asked = make::request(&node.parties, "request", T0, |_| {});
    node.decide(vec![make::identity(&node.parties, |_| {}), asked, parent_entry(&parent)], T0 + 20);
    let mut head = Head { previous: parent.id.as_hash(), violations: 0 };
    let openings = (0..2_000_u16).map(|number| {
        let mut lease = make::lease(&node.parties, parent.id, 0, T0 + 30);
        let [high, low] = number.to_be_bytes();
        lease.id = medshare_ledger::id::LeaseId::from_bytes([high, low, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let block = make::opening(&node.parties, &parent, head, lease);
        head.previous = block.header.hash();
        side_entry(&block)
    });
    let batch = node.batch(openings.collect(), T0 + 40);
    let execution = apply_batch(&node.store, &batch, &node.contracts).unwrap();
    assert!(execution.receipts.iter().all(|receipt| receipt.code == 0));
    criterion.bench_function("apply_batch/2000_openings", |bencher| {
        bencher.iter(|| apply_batch(&node.store, &batch, &node.contracts).unwrap());
    });
    let bytes = batch.to_bytes();
    let sent = || UncheckedBatch::decode(&bytes).unwrap();
    criterion.bench_function("check_batch/2000_openings", |bencher| {
        bencher.iter(|| node.tip.check(sent(), &node.parties.facts, None, &node.store, &|_| None).unwrap());
    });
    let known = batch.entries().iter().map(|e| (e.hash(), e.clone())).collect::<std::collections::BTreeMap<_, _>>();
    criterion.bench_function("check_batch/2000_known_openings", |bencher| {
        bencher.iter(|| {
            node.tip.check(sent(), &node.parties.facts, None, &node.store, &|h| known.get(h).cloned()).unwrap()
        });
    });
    criterion.bench_function("next_version/2000_openings", |bencher| {
        bencher.iter(|| next_version(&node.store, 2, &execution.writes, u64::MAX).unwrap());
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = full_batch
}
criterion_main!(benches);
