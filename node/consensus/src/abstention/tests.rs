#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::codec::WireCodec;
use crate::context::{Context, Round};
use arc_malachitebft_app_channel::app::consensus::Input;
use arc_malachitebft_app_channel::app::engine::wal::encode_entry;
use arc_malachitebft_app_channel::app::types::core::Timeout;
use medshare_node_store::fault::StoreFault;
use tempfile::TempDir;

fn home() -> (TempDir, Files) {
    let home = tempfile::tempdir().unwrap();
    let files = Files::below(home.path()).unwrap();
    (home, files)
}

fn write_wal(files: &Files, height: u64) {
    let (mut wal, _) = WalFile::open(&files.wal()).unwrap();
    wal.start(Height(height)).unwrap();
    let timeout = Input::<Context>::TimeoutElapsed(Timeout::propose(Round::new(0)));
    let mut entry = Vec::new();
    encode_entry(timeout, &WireCodec, &mut entry).unwrap();
    wal.append(&entry).unwrap();
}

#[test]
fn a_new_node_and_one_that_stopped_in_order_vote() {
    let (_home, files) = home();
    assert_eq!(examine(&files, Height(0)).unwrap(), Role::Validator);
    for (tip, wal) in [(0, 1), (4, 5), (5, 5)] {
        write_wal(&files, wal);
        assert_eq!(examine(&files, Height(tip)).unwrap(), Role::Validator);
    }
}

#[test]
fn a_missing_log_costs_the_next_height() {
    let (_home, files) = home();
    assert_eq!(examine(&files, Height(4)).unwrap(), Role::ObserverThrough(Height(5)));
    // A restart before that height is decided changes nothing, even when an empty log exists by then.
    WalFile::open(&files.wal()).unwrap();
    assert_eq!(examine(&files, Height(4)).unwrap(), Role::ObserverThrough(Height(5)));
    assert_eq!(examine(&files, Height(5)).unwrap(), Role::Validator);
    assert_eq!(examine(&files, Height(4)).unwrap(), Role::Validator);
}

#[test]
fn a_damaged_log_is_set_aside_and_costs_the_next_height() {
    let (home, files) = home();
    write_wal(&files, 5);
    fs::write(files.wal(), [0x55; 100]).unwrap();
    assert_eq!(examine(&files, Height(4)).unwrap(), Role::ObserverThrough(Height(5)));
    assert!(!files.wal().exists());
    assert!(home.path().join("wal/votes.log.corrupt-1").exists());
}

#[test]
fn a_batch_log_that_went_back_costs_the_heights_voted_in() {
    let (_home, files) = home();
    write_wal(&files, 9);
    assert_eq!(examine(&files, Height(0)).unwrap(), Role::ObserverThrough(Height(9)));
    // Observing empties the vote log for lower heights; the height stays known.
    write_wal(&files, 1);
    assert_eq!(examine(&files, Height(0)).unwrap(), Role::ObserverThrough(Height(9)));
    assert_eq!(examine(&files, Height(8)).unwrap(), Role::ObserverThrough(Height(9)));
    assert_eq!(examine(&files, Height(9)).unwrap(), Role::Validator);
}

#[test]
fn damaged_proposals_cost_the_height_that_votes_refer_to() {
    let (_home, files) = home();
    fs::write(files.undecided(), [0x55; 100]).unwrap();
    assert_eq!(examine(&files, Height(0)).unwrap(), Role::Validator);
    assert!(!files.undecided().exists());
    fs::write(files.undecided(), [0x55; 100]).unwrap();
    write_wal(&files, 5);
    assert_eq!(examine(&files, Height(4)).unwrap(), Role::ObserverThrough(Height(5)));
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
    let (mut wal, _) = WalFile::open(&files.wal()).unwrap();
    wal.start(Height(5)).unwrap();
    wal.append(b"of another version").unwrap();
    assert_eq!(examine(&files, Height(4)).unwrap(), Role::ObserverThrough(Height(5)));
}
