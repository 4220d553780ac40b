//! Views that turn out to be wrong where the node cannot go on without them: the next start has others.

use super::*;
use crate::recovery::marks::Mark;
use crate::testing::damage_place;
use medshare_contract_abi::permissions::{PermissionInput, PermissionOutcome};
use medshare_crypto::hash::Hash32;
use medshare_ledger::batch::CheckError;
use medshare_ledger::execution::{ContractFault, ExecutionFault};
use medshare_node_store::fault::StoreFault;
use medshare_node_store::kv::hooked::{HookedStore, Operation};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A time behind all that the parties sign.
const NOW: Timestamp = Timestamp(T0 + 60_000);

#[test]
fn a_logged_batch_that_damaged_views_do_not_let_be_checked_does_not_refuse_every_start() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let grant = parties.grant(T0 + 1, sha256(b"next"));
    let hash = grant.hash();
    let batch = parties.batch(&chain, vec![grant]);
    chain.append(&batch).unwrap();
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
    assert!(Mark::GivenUp.is_set(&folder));
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
    assert!(!Mark::GivenUp.is_set(&folder));
    let damaged = |_: Operation<'_>| Err(StoreFault::Damaged { path: "views".into(), reason: "two roots".to_owned() });
    let chain = with_views(chain, damaged);
    chain.flush_views().unwrap_err();
    assert!(Mark::GivenUp.is_set(&folder));
}

/// A host of contracts that fails, and counts how often it was asked.
#[derive(Default)]
struct FailingHost(AtomicUsize);

impl Contracts for FailingHost {
    fn permissions(&self, _: &PermissionInput) -> Result<PermissionOutcome, ContractFault> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Err(ContractFault::Host(Box::new(io::Error::other("no memory for its stack"))))
    }

    fn accepts_code(&self, _: &[u8]) -> bool {
        true
    }
}

#[test]
fn what_the_contract_host_fails_on_gives_no_views_up_and_is_tried_once_at_a_start() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let block = parties.parent_block(&parties.request(1), Hash32::ZERO);
    let decided = parties.batch(&chain, vec![Entry::ParentBlock(Box::new(block))]);
    let batch = chain.check_decided(UncheckedBatch::decode(&decided.bytes).unwrap()).unwrap();
    chain.append(&decided).unwrap();
    let (folder, host) = (chain.folder.clone(), Arc::new(FailingHost::default()));
    let contracts: Host = host.clone();
    let chain = Chain { contracts: Arc::clone(&contracts), ..chain };
    let failed = chain.execute(&batch);
    assert!(matches!(failed, Err(ExecuteError::Execution(ExecutionFault::Host(_)))), "{failed:?}");
    drop(chain);
    for are_given_up in [false, true] {
        assert!(!Mark::GivenUp.is_set(&folder) && !Mark::Doubted.is_set(&folder));
        if are_given_up {
            Mark::GivenUp.set(&folder);
        }
        let before = host.0.load(Ordering::SeqCst);
        assert!(Chain::open_with(parties.home.path(), &parties.facts, &contracts).is_err());
        assert_eq!(host.0.load(Ordering::SeqCst), before + 1, "given up: {are_given_up}");
    }
    assert!(!Mark::GivenUp.is_set(&folder));
    assert_eq!(parties.chain().tip().height, Height(3));
}

#[test]
fn views_for_which_the_disk_does_not_answer_are_given_up_the_second_time() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let folder = chain.folder.clone();
    chain.views().apply(vec![Change::put(b"of these", b"value")]).unwrap();
    drop(chain);
    let of_these = |chain: &Chain| chain.views().store().get(b"of these").unwrap().is_some();
    for time in [1, 2] {
        let chain = parties.chain();
        assert!(of_these(&chain), "time {time}");
        chain.mempool.insert(parties.verified(parties.grant(T0 + 1, sha256(b"next")))).unwrap();
        let failing =
            |_: Operation<'_>| Err(StoreFault::io("reading", Path::new("views"), io::Error::other("no answer")));
        let chain = with_views(chain, failing);
        // in one run it may be met often, whatever it is
        for _ in 0..2 {
            chain.propose(parties.node(0), NOW).unwrap_err();
        }
        assert_eq!(Mark::GivenUp.is_set(&folder), time == 2);
    }
    let chain = parties.chain();
    assert!(!of_these(&chain));
    assert!(!Mark::GivenUp.is_set(&folder) && !Mark::Doubted.is_set(&folder), "these are others");
}

#[test]
fn views_that_the_disk_does_not_give_at_a_start_are_kept_for_the_next_one_and_given_up_the_second_time() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let (folder, tip) = (chain.folder.clone(), chain.tip());
    chain.views().apply(vec![Change::put(b"of these", b"value")]).unwrap();
    chain.flush_views().unwrap();
    drop(chain);
    let of_these = |chain: &Chain| chain.views().store().get(b"of these").unwrap().is_some();
    let (file, aside) = (folder.join("db"), parties.home.path().join("aside"));
    let without_an_answer = || {
        fs::rename(&file, &aside).unwrap();
        // the system has an error of its own for it
        fs::create_dir(&file).unwrap();
        let opened = Chain::open(parties.home.path(), Arc::clone(&parties.facts));
        if file.is_dir() {
            fs::remove_dir(&file).unwrap();
            fs::rename(&aside, &file).unwrap();
        }
        opened
    };
    assert!(matches!(without_an_answer(), Err(ChainError::Store(StoreFault::Io { .. }))));
    let chain = parties.chain();
    assert!(of_these(&chain) && chain.are_doubted);
    drop(chain);
    let chain = without_an_answer().unwrap();
    assert_eq!((chain.tip(), of_these(&chain)), (tip, false));
    assert!(!Mark::GivenUp.is_set(&folder) && !Mark::Doubted.is_set(&folder), "these are others");
}

#[test]
fn views_that_somebody_else_has_are_left_alone() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let folder = chain.folder.clone();
    let Err(ChainError::Store(fault)) = Chain::open(parties.home.path(), Arc::clone(&parties.facts)) else {
        panic!("two have them")
    };
    assert!(fault.is_in_use(), "{fault}");
    assert!(folder.join("db").exists() && !Mark::Doubted.is_set(&folder));
}

#[test]
fn views_that_were_given_up_are_removed_to_the_end_where_a_start_ended_in_the_middle() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let (folder, tip) = (chain.folder.clone(), chain.tip());
    chain.views().apply(vec![Change::put(b"wrong", b"value")]).unwrap();
    chain.give_up_where_damaged(&StoreFault::Damaged { path: folder.clone(), reason: "two roots".to_owned() });
    drop(chain);
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => fs::remove_dir_all(path).unwrap(),
            false if path.file_name().unwrap() == "db" => {}
            false => fs::remove_file(path).unwrap(),
        }
    }
    let chain = parties.chain();
    assert_eq!((chain.tip(), chain.views().store().get(b"wrong").unwrap()), (tip, None));
    assert!(!Mark::GivenUp.is_set(&folder));
}
