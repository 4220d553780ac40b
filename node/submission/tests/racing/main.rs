//! Several nodes that make blocks for one chain at once: chains and submissions as they are, consensus and network played by the test.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod may_come;
mod world;

use medshare_crypto::hash::Hash32;
use medshare_ledger::codec;
use medshare_ledger::entry::Entry;
use medshare_ledger::facts::DataSet;
use medshare_node_chain::clock::now;
use medshare_node_chain::testing::Parties;
use medshare_node_refusal::Code;
use medshare_node_submission::Heard;
use std::sync::Arc;
use world::{LASTS_MS, Node, World, node, node_that_wakes};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_that_race_on_one_chain_lose_nothing_and_burn_nothing() {
    let mut world = World::new();
    let before = world.size();
    let tasks = (0..80).map(|n| world.append(n as usize % 2, world.opening(n))).collect();
    let results = world.run(tasks).await;
    assert!(results.iter().all(Result::is_ok), "{:?}", results.iter().find(|result| result.is_err()));
    assert_eq!(world.size() - before, 80, "one entry for each opening, in {} heights", world.heights);
    let chain = world.nodes[1].chain.state().side_chain(world.parent.id).unwrap().unwrap();
    assert_eq!(chain.count, 80);
    for proposer in [0, 1] {
        world.decide(proposer);
    }
    assert!(world.nodes.iter().all(|node| node.chain.mempool.is_empty()), "no form of any of them is left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_of_one_requestor_at_once_follow_each_other_in_her_thread() {
    let mut world = World::new();
    let before = world.size();
    let network = world.parties.facts.network();
    let (requestor, made) = (world.parties.requestor.id(), now());
    let task = |nonce: u8| {
        let block = world.parties.parent_block_at(&world.parties.request(nonce), Hash32::ZERO, made);
        let (submission, parties) = (Arc::clone(&world.nodes[0].submission), Arc::clone(&world.parties));
        let version = block.header.version;
        tokio::spawn(async move {
            let first = move |link: medshare_ledger::link::Link| {
                block.relink(link.previous, link.timestamp, network, &parties.nodes[0])
            };
            submission.append_parent_block(first, version, requestor).await
        })
    };
    let tasks = (2..42).map(task).collect();
    let results = world.run(tasks).await;
    assert!(results.iter().all(Result::is_ok), "{:?}", results.iter().find(|result| result.is_err()));
    assert_eq!(world.size() - before, 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_of_one_requestor_at_two_owners_race_on_her_thread_and_none_is_lost() {
    let mut world = World::of(Parties::founding(|facts| {
        let (cohort, owner) = (facts.datasets[0].clone(), facts.owners[1].id);
        facts.datasets.push(DataSet { owner, ..cohort });
    }));
    let before = world.size();
    let network = world.parties.facts.network();
    let (requestor, made) = (world.parties.requestor.id(), now());
    let task = |nonce: u8| {
        let owner = usize::from(nonce % 2);
        let request = world.parties.request_to(owner, nonce);
        let block = world.parties.parent_block_of(owner, &request, Hash32::ZERO, made);
        let (submission, parties) = (Arc::clone(&world.nodes[owner].submission), Arc::clone(&world.parties));
        let version = block.header.version;
        tokio::spawn(async move {
            let first = move |link: medshare_ledger::link::Link| {
                block.relink(link.previous, link.timestamp, network, &parties.nodes[owner])
            };
            submission.append_parent_block(first, version, requestor).await
        })
    };
    let tasks = (2..62).map(task).collect();
    let results = world.run(tasks).await;
    assert!(results.iter().all(Result::is_ok), "{:?}", results.iter().find(|result| result.is_err()));
    assert_eq!(world.size() - before, 60, "one entry a request");
    assert_eq!(world.nodes[1].chain.state().thread(requestor).unwrap().unwrap().count, 61);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_for_which_its_source_has_no_room_is_refused_before_its_signature_is_looked_at() {
    let parties = Parties::new();
    let Node { chain, submission, _home } = node(&parties, 0);
    for n in 0u32.. {
        let entry = parties.verified(parties.contract_code(n.to_be_bytes().repeat(30_000)));
        if chain.mempool.insert(entry).is_err() {
            break;
        }
    }
    let forged = match parties.contract_code(vec![7; 120_000]) {
        Entry::ContractCode(code, _) => {
            Entry::ContractCode(code, medshare_crypto::sign::Signature::from_bytes([7; 64]))
        }
        other => other,
    };
    assert_eq!(submission.submit(forged).unwrap_err().code, Code::MempoolFull);
    submission.submit(parties.identity()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_that_is_refused_does_not_take_those_behind_it_with_it() {
    let mut world = World::new();
    let before = world.size();
    let too_long = |n| world.parties.opening_details(&world.parent, n, now(), 10 * LASTS_MS);
    let tasks = (0..30).map(|n| world.append(0, if n % 3 == 0 { too_long(n) } else { world.opening(n) })).collect();
    let results = world.run_in_step(tasks, Some(0)).await;
    for (n, result) in results.iter().enumerate() {
        assert_eq!(result.is_err(), n % 3 == 0, "{n}: {result:?}");
    }
    assert!(results.iter().filter_map(|result| result.as_ref().err()).all(|refusal| refusal.code == Code::Rejected));
    assert_eq!(world.size() - before, 20, "what was refused is not in the history");
    assert!(world.heights < 12, "{} heights: they were linked anew at once", world.heights);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocks_of_another_node_that_never_apply_hold_nobody_up_for_long() {
    let mut world = World::new();
    world.run(vec![world.append(0, world.opening(1))]).await;
    // A validator that lies: a long chain of reports, each under a number that is not the next one. None can be refused for good.
    let mut previous = world.nodes[0].chain.state().side_chain(world.parent.id).unwrap().unwrap().head;
    for sequence in 50..60 {
        let details = world.parties.report_details(&world.parent, 1, sequence, now());
        let block = world.parties.side_block(&world.parent, details, previous, now());
        previous = block.header.hash();
        let entry = world.parties.verified(Entry::SideBlock(Box::new(block)));
        for node in &world.nodes {
            node.chain.mempool.insert(entry.clone()).unwrap();
        }
    }
    let before = world.size();
    let tasks = (2..12).map(|n| world.append(1, world.opening(n))).collect();
    let results = world.run(tasks).await;
    assert!(results.iter().all(Result::is_ok), "{:?}", results.iter().find(|result| result.is_err()));
    assert_eq!(world.size() - before, 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_gossip_or_one_of_known_entries_wakes_nobody() {
    let parties = Parties::new();
    let woken = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let wake = Arc::clone(&woken);
    let count = move || {
        wake.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    };
    let Node { chain, submission, _home } = node_that_wakes(&parties, 0, count);
    let times = || woken.load(std::sync::atomic::Ordering::SeqCst);
    let told = |entries: &[&Entry]| {
        submission
            .take_gossip(Heard::read(&codec::encode(&entries.to_vec())).unwrap())
            .map(|rest| assert!(rest.is_none()))
    };
    let (identity, keys) = (parties.identity(), parties.attribute_keys(&["A@university"]));
    told(&[]).unwrap();
    assert_eq!(times(), 0);
    told(&[&identity]).unwrap();
    assert_eq!(times(), 1);
    told(&[&identity]).unwrap();
    assert_eq!(times(), 1, "it waits already");
    // Behind one that was never checked, nothing of the message is looked at.
    let forged = match parties.attribute_keys(&["B@university"]) {
        Entry::AttributeKeys(keys, _) => {
            Entry::AttributeKeys(keys, medshare_crypto::sign::Signature::from_bytes([7; 64]))
        }
        other => other,
    };
    assert!(told(&[&forged, &keys]).is_err());
    assert_eq!((times(), chain.mempool.len()), (1, 1));
    told(&[&identity, &keys]).unwrap();
    assert_eq!((times(), chain.mempool.len()), (2, 2));
}
