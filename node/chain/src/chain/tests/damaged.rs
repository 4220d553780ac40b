//! Views that turn out to be wrong where the node cannot go on without them: the next start has others.

use super::*;
use crate::recovery::are_given_up;
use crate::testing::damage_place;
use medshare_ledger::batch::CheckError;
use medshare_node_store::fault::StoreFault;
use medshare_node_store::kv::hooked::{HookedStore, Operation};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// A time behind all that the parties sign.
const NOW: Timestamp = Timestamp(T0 + 60_000);

#[test]
fn a_logged_batch_that_damaged_views_do_not_let_be_checked_does_not_refuse_every_start() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let grant = parties.grant(T0 + 1, sha256(b"next"));
    let hash = grant.hash();
    let batch = parties.batch(&chain, vec![grant]);
    chain.log().append(&batch).unwrap();
    damage_place(&chain, &hash);
    drop(chain);
    let chain = parties.chain();
    assert_eq!((chain.tip().height, chain.tip().hash), (Height(3), batch.certificate.value));
    assert_eq!(chain.views().entry(&hash).unwrap().map(|place| place.height), Some(Height(3)));
}

#[test]
fn views_that_fail_a_check_or_a_proposal_are_built_again_at_the_next_start() {
    type Use = fn(&Chain, &Parties, UncheckedBatch);
    let uses: [Use; 3] = [
        |chain, _, batch| assert!(matches!(chain.check(batch, NOW), Err(CheckError::Fault(_)))),
        |chain, _, batch| assert!(matches!(chain.check_decided(batch), Err(ExecuteError::State(_)))),
        |chain, parties, _| drop(chain.propose(parties.node(0), NOW).unwrap_err()),
    ];
    for (number, with) in uses.into_iter().enumerate() {
        let parties = Parties::new();
        let chain = parties.ready_chain();
        let grant = parties.grant(T0 + 1, sha256(b"next"));
        let hash = grant.hash();
        let batch = parties.batch(&chain, vec![grant.clone()]);
        chain.mempool.insert(parties.verified(grant)).unwrap();
        damage_place(&chain, &hash);
        with(&chain, &parties, UncheckedBatch::decode(&batch.bytes).unwrap());
        drop(chain);
        let chain = parties.chain();
        assert_eq!(chain.views().entry(&hash).unwrap(), None, "use {number}");
        parties.decide(&chain, vec![parties.grant(T0 + 1, sha256(b"next"))]);
    }
}

/// A chain whose views answer so.
fn with_views(chain: Chain, hook: impl Fn(Operation<'_>) -> Result<(), StoreFault> + Send + Sync + 'static) -> Chain {
    Chain { views: Views::new(Arc::new(HookedStore::new(hook))), ..chain }
}

#[test]
fn views_on_which_the_execution_panics_are_given_up() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let decided = parties.batch(&chain, vec![]);
    let batch = chain.check_decided(UncheckedBatch::decode(&decided.bytes).unwrap()).unwrap();
    let folder = chain.folder.clone();
    let chain = with_views(chain, |_| panic!("an index beyond its end"));
    catch_unwind(AssertUnwindSafe(|| chain.execute(&batch))).unwrap_err();
    assert!(are_given_up(&folder));
}

#[test]
fn views_found_damaged_when_they_are_flushed_are_given_up_and_those_without_room_are_not() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let folder = chain.folder.clone();
    chain.mempool.insert(parties.verified(parties.grant(T0 + 1, sha256(b"next")))).unwrap();
    let full = |_: Operation<'_>| {
        Err(StoreFault::io("writing", Path::new("views"), io::Error::from(io::ErrorKind::StorageFull)))
    };
    let chain = with_views(chain, full);
    chain.flush_views().unwrap_err();
    chain.propose(parties.node(0), NOW).unwrap_err();
    assert!(!are_given_up(&folder));
    let damaged = |_: Operation<'_>| Err(StoreFault::Damaged { path: "views".into(), reason: "two roots".to_owned() });
    let chain = with_views(chain, damaged);
    chain.flush_views().unwrap_err();
    assert!(are_given_up(&folder));
}
