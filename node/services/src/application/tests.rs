#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use medshare_crypto::hash::sha256;
use medshare_ledger::batch::{Batch, Tip};
use medshare_ledger::codec;
use medshare_ledger::entry::Entry;
use medshare_ledger::state::StateFault;
use medshare_node_chain::testing::{ATTRIBUTE, Parties};
use medshare_node_store::kv::Change;

mod restarted;

struct Node {
    parties: Parties,
    chain: Arc<Chain>,
    application: ChainApplication,
}

fn threads() -> OwnThreads {
    OwnThreads::start().unwrap()
}

fn node() -> Node {
    let parties = Parties { at: now(), ..Parties::new() };
    let chain = Arc::new(parties.chain());
    let application = ChainApplication::new(Arc::clone(&chain), parties.node(0), threads()).unwrap();
    Node { parties, chain, application }
}

impl Node {
    fn wait_for_order(&self, entry: Entry) -> Hash32 {
        let entry = self.parties.verified(entry);
        let hash = entry.hash();
        self.chain.mempool.insert(entry).unwrap();
        hash
    }

    async fn commit_next(&mut self) -> Candidate {
        let height = self.application.tip().next();
        let candidate = self.application.propose(height, 0).await.unwrap();
        let decided = certificate(height, candidate.hash);
        self.application.commit(candidate.bytes.clone(), decided).await.unwrap();
        candidate
    }
}

#[tokio::test]
async fn what_waits_is_proposed_checked_committed_and_executed() {
    let mut node = node();
    assert!(!node.application.has_waiting());
    let hash = node.wait_for_order(node.parties.identity());
    assert!(node.application.has_waiting());
    let candidate = node.application.propose(Height(1), 0).await.unwrap();
    let me = node.parties.node(0);
    assert_eq!(node.application.check(Height(1), 0, me, &candidate.bytes).await, Ok(Verdict::Valid(candidate.hash)));
    let decided = certificate(Height(1), candidate.hash);
    node.application.commit(candidate.bytes, decided).await.unwrap();
    assert_eq!(node.application.tip(), Height(1));
    assert_eq!(node.application.recent_proposers(5), [me]);
    // The next proposal waits for the execution.
    node.application.propose(Height(2), 0).await.unwrap();
    assert_eq!(node.chain.tip().hash, candidate.hash);
    assert!(node.chain.views().entry(&hash).unwrap().is_some());
    assert!(!node.application.has_waiting());
}

#[test]
fn consensus_waits_for_nothing_that_others_ask_for() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap();
    let (release, released) = std::sync::mpsc::channel::<()>();
    runtime.block_on(async {
        let mut node = node();
        // All threads that others' work is done on are taken.
        let taken = tokio::task::spawn_blocking(move || released.recv());
        node.wait_for_order(node.parties.identity());
        let (me, height) = (node.parties.node(0), Height(1));
        let round = async {
            let candidate = node.application.propose(height, 0).await.unwrap();
            let verdict = node.application.check(height, 0, me, &candidate.bytes).await;
            assert_eq!(verdict, Ok(Verdict::Valid(candidate.hash)));
            let decided = certificate(height, candidate.hash);
            node.application.commit(candidate.bytes, decided).await.unwrap();
            node.application.executed.clone().await.unwrap();
        };
        tokio::time::timeout(std::time::Duration::from_secs(60), round).await.unwrap();
        assert_eq!(node.chain.tip().height, height);
        release.send(()).unwrap();
        taken.await.unwrap().unwrap();
    });
}

#[tokio::test]
async fn what_is_checked_waits_for_nothing_that_is_done_in_order_and_keeps_nothing_from_being_decided() {
    let mut node = node();
    node.wait_for_order(node.parties.identity());
    let (me, height) = (node.parties.node(0), Height(1));
    let candidate = node.application.propose(height, 0).await.unwrap();
    let (release, released) = std::sync::mpsc::channel::<()>();
    drop(node.application.threads.orderly.begin(move || released.recv()));
    let verdict = node.application.check(height, 0, me, &candidate.bytes).await;
    assert_eq!(verdict, Ok(Verdict::Valid(candidate.hash)));
    release.send(()).unwrap();
    // One that began and does not end.
    let begun = node.application.check(height, 0, me, &candidate.bytes);
    let decided = certificate(height, candidate.hash);
    node.application.commit(candidate.bytes, decided).await.unwrap();
    assert_eq!(node.application.tip(), height);
    drop(begun);
}

#[tokio::test]
async fn a_proposal_of_another_height_proposer_or_content_gets_no_vote() {
    let mut node = node();
    node.wait_for_order(node.parties.identity());
    let good = node.application.propose(Height(1), 0).await.unwrap().bytes;
    let (me, other) = (node.parties.node(0), node.parties.node(1));
    let mut damaged = good.to_vec();
    *damaged.last_mut().unwrap() ^= 1;
    let elsewhere = Tip { state_root: sha256(b"other"), ..node.chain.tip() };
    let diverged = elsewhere.propose([], me, now(), node.chain.views()).unwrap().batch.to_bytes();
    let future = now().plus_ms(3_600_000);
    let future = node.chain.tip().propose([], me, future, node.chain.views()).unwrap().batch.to_bytes();
    for (height, proposer, bytes) in [
        (2, me, good.clone()),
        (1, other, good.clone()),
        (1, me, good.slice(1..)),
        (1, me, damaged.into()),
        (1, me, diverged.into()),
        (1, me, future.into()),
    ] {
        let verdict = node.application.check(Height(height), 0, proposer, &bytes).await;
        assert!(matches!(verdict, Ok(Verdict::Invalid { .. })));
    }
    let verdict = node.application.check(Height(1), 0, me, &good).await;
    assert!(matches!(verdict, Ok(Verdict::Valid(_))));
}

#[tokio::test]
async fn a_fault_of_this_node_is_no_verdict_on_a_proposal() {
    let mut node = node();
    let hash = node.wait_for_order(node.parties.identity());
    let good = node.application.propose(Height(1), 0).await.unwrap();
    let me = node.parties.node(0);
    // What the views say of the entry cannot be read.
    let place = [b"e".as_slice(), hash.as_bytes()].concat();
    let views = node.chain.views();
    views.apply(vec![Change::put(place.clone(), b"damaged")]).unwrap();
    let fault = node.application.check(Height(1), 0, me, &good.bytes).await.unwrap_err();
    assert_eq!(fault.effect, "check a proposed batch");
    assert!(fault.reason.contains("rebuild the views"), "{fault}");
    assert!(node.parties.home.path().join("views.given-up").exists(), "the next start does");
    let fault = node.application.propose(Height(1), 1).await.unwrap_err();
    assert_eq!(fault.effect, "put a batch together");
    node.chain.views().apply(vec![Change::delete(place)]).unwrap();
    assert_eq!(node.application.check(Height(1), 0, me, &good.bytes).await, Ok(Verdict::Valid(good.hash)));
    // The batch before could not be executed: that, and not what follows from it, is what the operator is told.
    let failed = ExecuteError::State(StateFault::MissingVersion { version: 7 });
    node.application.executed = std::future::ready(execution(Ok(Err(failed)))).boxed().shared();
    let fault = node.application.check(Height(1), 0, me, &good.bytes).await.unwrap_err();
    assert_eq!(fault.effect, "execute a batch");
}

#[tokio::test]
async fn decided_bytes_are_identified_by_a_header_that_fits_their_entries() {
    let mut node = node();
    node.wait_for_order(node.parties.identity());
    let candidate = node.application.propose(Height(1), 0).await.unwrap();
    let application = &mut node.application;
    assert_eq!(application.identify(Height(1), &candidate.bytes), Some(candidate.hash));
    assert_eq!(application.identify(Height(2), &candidate.bytes), None);
    assert_eq!(application.identify(Height(1), &candidate.bytes.slice(1..)), None);
    let batch: Batch = codec::decode(&candidate.bytes).unwrap();
    let other = node.parties.attribute_keys(&[ATTRIBUTE]);
    let mut exchanged = batch.clone();
    exchanged.entries = vec![other.clone()];
    let mut dropped = batch.clone();
    dropped.entries.clear();
    let mut added = batch;
    added.entries.push(other);
    for changed in [exchanged, dropped, added] {
        assert_eq!(application.identify(Height(1), &codec::encode(&changed).into()), None);
    }
}

#[tokio::test]
async fn a_decided_batch_of_another_ledger_is_not_identified() {
    let mut node = node();
    node.commit_next().await;
    let elsewhere = Tip { hash: sha256(b"of a second founding"), ..node.chain.tip() };
    let batch = elsewhere.propose([], node.parties.node(0), now(), node.chain.views()).unwrap().batch;
    assert_eq!(node.application.identify(Height(2), &Bytes::from(batch.to_bytes())), None);
    let candidate = node.application.propose(Height(2), 0).await.unwrap();
    assert_eq!(node.application.identify(Height(2), &candidate.bytes), Some(candidate.hash));
}

#[tokio::test]
async fn a_batch_is_committed_however_it_was_looked_at_before() {
    let mut node = node();
    for look in 0..5 {
        let height = node.application.tip().next();
        let hash = node.wait_for_order(node.parties.attribute_keys(&[&format!("A{look}@university")]));
        let Candidate { bytes, hash: value } = node.application.propose(height, 0).await.unwrap();
        match look {
            0 => {}
            1 => drop(node.application.check(height, 0, node.parties.node(0), &bytes).await),
            2 => assert_eq!(node.application.identify(height, &bytes), Some(value)),
            3 => {
                assert_eq!(node.application.identify(height, &bytes), Some(value));
                let verdict = node.application.check(height, 0, node.parties.node(0), &bytes).await;
                assert_eq!(verdict, Ok(Verdict::Valid(value)));
            }
            _ => drop(node.application.checked.take(&bytes)),
        }
        node.application.commit(bytes, certificate(height, value)).await.unwrap();
        node.application.executed.clone().await.unwrap();
        assert_eq!(node.chain.views().entry(&hash).unwrap().map(|place| (place.height, place.code)), Some((height, 0)));
        assert_eq!(node.application.history, node.chain.tip().history);
    }
}

#[tokio::test]
async fn bytes_that_do_not_give_the_decided_hash_are_never_logged() {
    let mut node = node();
    let candidate = node.application.propose(Height(1), 0).await.unwrap();
    let forged = certificate(Height(1), sha256(b"another batch"));
    node.application.commit(candidate.bytes.clone(), forged).await.unwrap_err();
    let skipped = certificate(Height(2), candidate.hash);
    node.application.commit(candidate.bytes, skipped).await.unwrap_err();
    assert_eq!(node.application.tip(), Height(0));
    assert_eq!(node.chain.last_logged(), None);
}

#[tokio::test]
async fn a_batch_that_was_committed_before_changes_nothing() {
    let mut node = node();
    let candidate = node.commit_next().await;
    let decided = certificate(Height(1), candidate.hash);
    node.application.commit(candidate.bytes, decided).await.unwrap();
    assert_eq!((node.application.tip(), node.chain.last_logged()), (Height(1), Some(Height(1))));
}

#[tokio::test]
async fn a_decided_batch_that_was_built_on_another_state_is_a_fault_and_not_logged() {
    let mut node = node();
    let elsewhere = Tip { state_root: sha256(b"other"), ..node.chain.tip() };
    let batch = elsewhere.propose([], node.parties.node(0), now(), node.chain.views()).unwrap().batch;
    let bytes = Bytes::from(batch.to_bytes());
    let fault = node.application.commit(bytes, certificate(Height(1), batch.hash())).await.unwrap_err();
    assert!(fault.to_string().contains("state differs from the network's"), "{fault}");
    assert_eq!((node.application.tip(), node.chain.last_logged()), (Height(0), None));
}

#[tokio::test]
async fn nodes_that_catch_up_get_the_heights_they_ask_for_as_far_as_they_are_kept() {
    let mut node = node();
    let mut hashes = Vec::new();
    for _ in 0..5 {
        hashes.push(node.commit_next().await.hash);
    }
    let heights = |range: RangeInclusive<u64>| {
        let reading = node.application.decided(Height(*range.start())..=Height(*range.end()), usize::MAX);
        let decided = reading().unwrap();
        decided.iter().map(|batch| batch.certificate.height.0).collect::<Vec<_>>()
    };
    assert_eq!(node.application.first_kept(), Height(1));
    assert_eq!(heights(2..=4), [2, 3, 4]);
    assert_eq!(heights(4..=900), [4, 5]);
    assert_eq!(heights(1..=1), [1]);
    assert!(heights(6..=9).is_empty());
    let all = node.application.decided(Height(1)..=Height(5), usize::MAX)().unwrap();
    assert_eq!(all.iter().map(|batch| batch.certificate.value).collect::<Vec<_>>(), hashes);
}

/// A certificate that nobody signed: who executes a batch does not look at signatures any more.
fn certificate(height: Height, value: Hash32) -> CommitCertificate {
    CommitCertificate { height, round: 0, value, signatures: Vec::new() }
}
