#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
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
fn a_missing_vote_log_costs_what_may_have_been_signed_above_what_the_others_prove() {
    for (tip, proven, through) in [(4, 4, 6), (4, 9, 11), (9, 4, 11)] {
        let (_home, files) = home();
        assert_eq!(role(&files, tip), Role::Observer);
        assert_eq!(role(&files, tip + 1), Role::Observer, "what is fetched meanwhile tells nothing");
        abstain_behind(&files, Height(tip), Height(proven)).unwrap();
        assert_eq!(role(&files, tip), Role::ObserverThrough(Height(through)));
        assert_eq!(role(&files, through - 1), Role::ObserverThrough(Height(through)));
        assert_eq!(role(&files, through), Role::Validator);
        assert_eq!(role(&files, through), Role::Validator, "it knows from now on that it signed nothing");
        for tip in [through - 1, 0] {
            assert_eq!(role(&files, tip), Role::ObserverThrough(Height(through)), "a batch log that went back then");
            fs::remove_file(files.abstain()).unwrap();
        }
    }
}

#[test]
fn an_operator_can_give_up_what_nobody_knows_any_more() {
    let (_home, files) = home();
    assert_eq!(role(&files, 4), Role::Observer);
    fs::write(files.given_up(), "4\n").unwrap();
    for _ in 0..2 {
        assert_eq!(role(&files, 4), Role::Validator);
        assert!(!files.given_up().exists(), "it counts once");
    }
    fs::write(files.given_up(), "all\n").unwrap();
    assert!(matches!(examine(&files, Height(4)), Err(StoreFault::Damaged { .. })));
}

#[test]
fn what_an_operator_gives_up_holds_also_where_a_batch_that_was_voted_on_is_gone() {
    let (_home, files) = home();
    propose_in(&files, 5, &Bytes::from_static(b"batch"));
    fs::remove_file(files.undecided()).unwrap();
    assert_eq!(role(&files, 4), THROUGH_5);
    fs::write(files.given_up(), "4\n").unwrap();
    for _ in 0..2 {
        assert_eq!(role(&files, 4), Role::Validator);
    }
    let (votes, _) = VoteLog::open(&files.votes()).unwrap();
    assert_eq!(votes.height(), Height(4), "votes for what is gone are not taken up again");
}

#[test]
fn what_an_operator_gives_up_is_above_the_height_that_is_named_and_nothing_later() {
    for (given_up, tip) in [(0, 1), (4, 7)] {
        let (_home, files) = new_home();
        fs::write(files.given_up(), format!("{given_up}\n")).unwrap();
        if given_up == 0 {
            assert_eq!(role(&files, 0), Role::Founder);
            assert!(!files.given_up().exists(), "it waits for no later stall");
        }
        vote_in(&files, tip + 1);
        assert_eq!(role(&files, tip), Role::Validator);
        assert!(!files.given_up().exists());
        let (votes, entries) = VoteLog::open(&files.votes()).unwrap();
        assert_eq!((votes.height(), entries.len()), (Height(tip + 1), 1), "what it signed there counts");
    }
    // neither does it end an abstention that it was not given for
    let (_home, files) = home();
    abstain_through(&files, Height(9)).unwrap();
    fs::write(files.given_up(), "4\n").unwrap();
    assert_eq!(role(&files, 7), Role::ObserverThrough(Height(9)));
}

#[test]
fn what_an_operator_gives_up_holds_until_the_ledger_was_fetched() {
    let (_home, files) = home();
    assert_eq!(role(&files, 0), Role::Observer);
    fs::write(files.given_up(), "6\n").unwrap();
    let through_6 = Role::ObserverThrough(Height(6));
    assert_eq!(role(&files, 0), through_6);
    abstain_behind(&files, Height(0), Height(6)).unwrap();
    for tip in [0, 3, 5] {
        assert_eq!(role(&files, tip), through_6, "and not two heights more");
    }
    for _ in 0..2 {
        assert_eq!(role(&files, 6), Role::Validator);
    }
}

#[test]
fn one_of_two_vote_logs_that_is_gone_costs_what_may_have_been_in_it() {
    for gone in [0, 1] {
        let (_home, files) = home();
        // an empty one is a height that begins
        vote_in(&files, 4);
        assert_eq!(role(&files, 4), Role::Validator);
        vote_in(&files, 5);
        assert_eq!(role(&files, 4), Role::Validator);
        fs::remove_file(&files.votes()[gone]).unwrap();
        assert_eq!(role(&files, 4), Role::Observer);
        // what is left is not the memory of both, whatever else is lost
        VoteLog::open(&files.votes()).unwrap();
        fs::remove_file(files.abstain()).unwrap();
        assert_eq!(role(&files, 4), Role::Observer);
    }
}

#[test]
fn a_vote_log_of_which_one_file_was_never_made_is_a_newcomers() {
    let (_home, files) = new_home();
    let [first, second] = files.votes();
    WalFile::open(&first).unwrap();
    assert!(!second.exists());
    assert_eq!(role(&files, 0), Role::Founder);
}

#[test]
fn a_vote_log_that_the_disk_does_not_give_back_says_what_to_do() {
    let (_home, files) = home();
    vote_in(&files, 5);
    let [first, _] = files.votes();
    fs::remove_file(&first).unwrap();
    // it opens, and cannot be read
    fs::create_dir(&first).unwrap();
    fs::write(first.join("of a name that gives the folder a length on any disk"), "").unwrap();
    let fault = examine(&files, Height(4)).unwrap_err().to_string();
    assert!(fault.contains("votes-a.log") && fault.contains("move it away"), "{fault}");
    fs::remove_dir_all(&first).unwrap();
    assert_eq!(role(&files, 4), Role::Observer);
}

#[test]
fn what_an_operator_gives_up_begins_no_ledger() {
    let (home, files) = new_home();
    vote_in(&files, 7);
    assert_eq!(role(&files, 6), Role::Validator);
    fs::remove_dir_all(home.path().join("wal")).unwrap();
    let files = Files::below(home.path()).unwrap();
    for _ in 0..2 {
        fs::write(files.given_up(), "0\n").unwrap();
        assert_eq!(role(&files, 0), Role::Observer);
    }
    abstain_behind(&files, Height(0), Height(6)).unwrap();
    assert_eq!(role(&files, 0), Role::ObserverThrough(Height(8)), "what the others prove is known");
}

#[test]
fn damage_is_remembered_before_the_file_has_another_name() {
    let (_home, files) = home();
    vote_in(&files, 4);
    vote_in(&files, 5);
    let [_, of_five] = files.votes();
    fs::write(of_five, [0x55; 100]).unwrap();
    let in_the_way = files.abstain().with_extension("new");
    fs::create_dir(&in_the_way).unwrap();
    assert!(examine(&files, Height(4)).is_err(), "the disk does not take it");
    fs::remove_dir(in_the_way).unwrap();
    assert_eq!(role(&files, 4), Role::Observer);
    assert_eq!(role(&files, 4), Role::Observer);
}

#[test]
fn a_damaged_vote_log_is_set_aside_and_its_heights_are_unknown() {
    let (home, files) = home();
    vote_in(&files, 4);
    vote_in(&files, 5);
    let [of_four, of_five] = files.votes();
    fs::write(&of_four, [0x55; 100]).unwrap();
    assert_eq!(role(&files, 4), Role::Observer);
    // the other one too: alone it would be taken for all that was signed
    for path in [of_four, of_five] {
        assert!(!path.exists());
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(home.path().join(format!("wal/{name}.corrupt-1")).exists());
    }
    fs::remove_file(files.abstain()).unwrap();
    assert_eq!(role(&files, 4), Role::Observer);
}

#[test]
fn a_batch_log_that_went_back_costs_the_heights_before_the_one_under_way() {
    let (_home, files) = home();
    vote_in(&files, 9);
    assert_eq!(role(&files, 0), Role::ObserverThrough(Height(8)));
    // Observing starts lower heights; the height stays known.
    VoteLog::open(&files.votes()).unwrap().0.start(Height(1)).unwrap();
    fs::remove_file(files.abstain()).unwrap();
    assert_eq!(role(&files, 0), Role::ObserverThrough(Height(8)));
    assert_eq!(role(&files, 7), Role::ObserverThrough(Height(8)));
    assert_eq!(role(&files, 8), Role::Validator, "it takes the height up where it left it");
    let (_, entries) = VoteLog::open(&files.votes()).unwrap();
    assert_eq!(entries.len(), 1);
}

#[test]
fn a_batch_log_that_went_back_costs_the_height_under_way_too_where_a_batch_of_it_is_gone() {
    let (_home, files) = home();
    propose_in(&files, 9, &Bytes::from_static(b"batch"));
    assert_eq!(role(&files, 0), Role::ObserverThrough(Height(8)));
    // what is fetched meanwhile does not take the place of what was proposed in that height
    let mut undecided = Undecided::open(&files.undecided(), Height(0)).unwrap();
    (1..9).for_each(|height| undecided.prune(Height(height)).unwrap());
    assert_eq!(role(&files, 8), Role::Validator);
    fs::remove_file(files.undecided()).unwrap();
    assert_eq!(role(&files, 0), Role::ObserverThrough(Height(9)));
    assert_eq!(role(&files, 8), Role::ObserverThrough(Height(9)));
}

#[test]
fn a_batch_log_that_lost_its_last_record_costs_that_height() {
    let (_home, files) = home();
    propose_in(&files, 5, &Bytes::from_static(b"batch"));
    assert_eq!(role(&files, 4), Role::Validator, "it fell before it was decided");
    // it was committed, the stored proposals were emptied, and then the record was lost
    Undecided::open(&files.undecided(), Height(5)).unwrap();
    assert_eq!(role(&files, 5), Role::Validator);
    assert_eq!(role(&files, 4), THROUGH_5);
}

#[test]
fn stored_proposals_that_were_cut_off_cost_the_height_that_votes_refer_to() {
    let (_home, files) = home();
    propose_in(&files, 5, &Bytes::from_static(b"batch"));
    let bytes = fs::read(files.undecided()).unwrap();
    fs::write(files.undecided(), &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(role(&files, 4), THROUGH_5);
}

#[test]
fn damaged_proposals_cost_the_height_that_votes_refer_to() {
    let (_home, files) = new_home();
    fs::write(files.undecided(), [0x55; 100]).unwrap();
    assert_eq!(role(&files, 0), Role::Founder);
    assert!(!files.undecided().exists());
    fs::write(files.undecided(), [0x55; 100]).unwrap();
    vote_in(&files, 5);
    assert_eq!(role(&files, 4), THROUGH_5);
    assert_eq!(role(&files, 4), THROUGH_5, "also after a restart meanwhile");
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

#[test]
fn entries_that_nobody_can_read_cost_their_height() {
    let (_home, files) = home();
    let (mut votes, _) = VoteLog::open(&files.votes()).unwrap();
    votes.start(Height(5)).unwrap();
    votes.append(b"of another version").unwrap();
    assert_eq!(role(&files, 4), THROUGH_5);
}
