#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod batches;
mod given_up;
mod vote_logs;

use super::*;
use crate::codec::WireCodec;
use crate::context::{Address, BatchHash, Context, EngineHeight, Round};
use crate::testing::key;
use crate::undecided::{Proposed, Undecided};
use crate::wal::VoteLog;
use arc_malachitebft_app_channel::app::consensus::Input;
use arc_malachitebft_app_channel::app::engine::wal::encode_entry;
use arc_malachitebft_app_channel::app::types::ProposedValue;
use arc_malachitebft_app_channel::app::types::core::{Timeout, Validity, ValueOrigin};
use bytes::Bytes;
use medshare_crypto::hash::sha256;
use medshare_crypto::sign::Signature;
use medshare_ledger::id::NodeId;
use std::fs;
use tempfile::TempDir;

/// The home of a node that has founded.
fn home() -> (TempDir, Files) {
    let home = tempfile::tempdir().unwrap();
    let files = Files::below(home.path()).unwrap();
    (home, files)
}

/// The home of a node that has never run.
fn new_home() -> (TempDir, Files) {
    let (home, files) = home();
    fs::create_dir(home.path().join("keys")).unwrap();
    fs::write(&files.founding, "").unwrap();
    (home, files)
}

fn log(files: &Files, height: u64, input: Input<Context>) {
    let (mut votes, _) = VoteLog::open(&files.votes()).unwrap();
    if votes.height() != Height(height) {
        votes.start(Height(height)).unwrap();
    }
    let mut entry = Vec::new();
    encode_entry(input, &WireCodec, &mut entry).unwrap();
    votes.append(&entry).unwrap();
}

fn vote_in(files: &Files, height: u64) {
    log(files, height, Input::TimeoutElapsed(Timeout::propose(Round::new(0))));
}

fn propose_in(files: &Files, height: u64, batch: &Bytes) {
    let proposer = NodeId::of_key(&key(1).verifying_key());
    let (height, hash) = (Height(height), sha256(batch));
    let proposed = Proposed {
        height,
        round: 0,
        valid_round: None,
        made_in: 0,
        proposer,
        hash,
        made: Signature::from_bytes([0; 64]),
    };
    Undecided::open(&files.undecided(), Height(0)).unwrap().add(proposed, batch.clone()).unwrap();
    let value = ProposedValue {
        height: EngineHeight(height),
        round: Round::new(0),
        valid_round: Round::Nil,
        proposer: Address(proposer),
        value: BatchHash(hash),
        validity: Validity::Valid,
    };
    log(files, height.0, Input::ProposedValue(value, ValueOrigin::Consensus));
}

fn role(files: &Files, tip: u64) -> Role {
    examine(files, Height(tip)).unwrap()
}

const THROUGH_5: Role = Role::ObserverThrough(Height(5));

#[test]
fn one_that_stopped_in_order_votes() {
    let (_home, files) = new_home();
    for (tip, voted) in [(0, 1), (4, 5), (5, 5)] {
        vote_in(&files, voted);
        assert_eq!(role(&files, tip), Role::Validator);
    }
}

#[test]
fn only_an_unused_marker_lets_a_node_begin_a_ledger() {
    let (_home, files) = new_home();
    assert_eq!(role(&files, 0), Role::Founder);
    // it was started and stopped before the others came
    VoteLog::open(&files.votes()).unwrap();
    assert_eq!(role(&files, 0), Role::Founder);
    vote_in(&files, 1);
    files.spend_founding().unwrap();
    assert_eq!(role(&files, 0), Role::Validator, "it fell in the first height, and knows what it signed there");
}

#[test]
fn a_home_whose_log_and_votes_are_gone_begins_no_second_ledger() {
    let (home, files) = new_home();
    vote_in(&files, 7);
    assert_eq!(role(&files, 6), Role::Validator);
    assert!(!files.founding.exists(), "with the first height the right to found is spent");
    for _ in 0..2 {
        fs::remove_dir_all(home.path().join("wal")).unwrap();
        let files = Files::below(home.path()).unwrap();
        assert_eq!(role(&files, 0), Role::Observer);
        // so it stays when a start has made empty files
        VoteLog::open(&files.votes()).unwrap();
        assert_eq!(role(&files, 0), Role::Observer);
    }
}

#[test]
fn an_existing_vote_log_with_an_empty_batch_log_never_starts_at_genesis() {
    let (_home, files) = new_home();
    vote_in(&files, 9);
    assert_eq!(role(&files, 0), Role::ObserverThrough(Height(8)), "not even with a marker");
    // the height begins that empties a log: the one before is still known
    VoteLog::open(&files.votes()).unwrap().0.start(Height(10)).unwrap();
    assert_eq!(role(&files, 0), Role::ObserverThrough(Height(8)));
}

#[test]
fn a_shorter_abstention_takes_the_place_of_no_longer_one() {
    let (_home, files) = home();
    vote_in(&files, 5);
    let through_9 = Role::ObserverThrough(Height(9));
    abstain_through(&files, Height(9)).unwrap();
    abstain_through(&files, Height(5)).unwrap();
    assert_eq!(role(&files, 4), through_9);
    abstain_behind(&files, Height(4), Height(5)).unwrap();
    assert_eq!(role(&files, 4), through_9);
    assert_eq!(role(&files, 9), Role::Validator);
    // nor does one that ends somewhere take the place of one that has no end yet
    let (_home, files) = home();
    assert_eq!(role(&files, 4), Role::Observer);
    abstain_through(&files, Height(5)).unwrap();
    assert_eq!(role(&files, 4), Role::Observer);
}

#[test]
fn an_unreadable_abstention_is_a_fault() {
    let (_home, files) = home();
    fs::write(files.abstain(), "soon").unwrap();
    assert!(matches!(examine(&files, Height(4)), Err(StoreFault::Damaged { .. })));
}
