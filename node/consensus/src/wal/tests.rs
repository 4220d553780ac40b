#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
mod actor;

use super::*;
use medshare_ledger::id::Height;
use std::fs::{self, File};
use std::time::UNIX_EPOCH;

fn entries(height: u64, entries: &[&[u8]]) -> Contents {
    let entries = entries.iter().map(|entry| entry.to_vec()).collect();
    Contents::Entries { height: Height(height), entries, ends_in_zeros: false }
}

#[test]
fn entries_of_the_height_come_back_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("votes.log");
    assert_eq!(WalFile::inspect(&path).unwrap(), Contents::Missing);
    let (mut wal, contents) = WalFile::open(&path).unwrap();
    assert_eq!(contents, Contents::Empty);
    wal.start(Height(7)).unwrap();
    wal.append(b"one").unwrap();
    wal.append(b"two").unwrap();
    wal.flush().unwrap();
    drop(wal);
    let (mut wal, contents) = WalFile::open(&path).unwrap();
    assert_eq!(contents, entries(7, &[b"one", b"two"]));
    assert_eq!(wal.height(), Height(7));
    wal.append(b"three").unwrap();
    wal.flush().unwrap();
    assert_eq!(WalFile::inspect(&path).unwrap(), entries(7, &[b"one", b"two", b"three"]));
    wal.start(Height(8)).unwrap();
    assert_eq!(WalFile::inspect(&path).unwrap(), Contents::Empty);
    wal.append(b"four").unwrap();
    wal.flush().unwrap();
    assert_eq!(WalFile::inspect(&path).unwrap(), entries(8, &[b"four"]));
}

#[test]
fn a_crash_at_any_byte_keeps_the_entries_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("votes.log");
    let (mut wal, _) = WalFile::open(&path).unwrap();
    wal.start(Height(7)).unwrap();
    wal.append(b"one").unwrap();
    wal.flush().unwrap();
    let flushed = fs::read(&path).unwrap().len();
    wal.append(b"two").unwrap();
    drop(wal);
    let whole = fs::read(&path).unwrap();
    for end in 0..whole.len() {
        fs::write(&path, &whole[..end]).unwrap();
        let (mut wal, contents) = WalFile::open(&path).unwrap();
        if end >= flushed {
            assert_eq!(contents, entries(7, &[b"one"]));
            wal.append(b"two").unwrap();
            drop(wal);
            assert_eq!(fs::read(&path).unwrap(), whole);
        }
    }
}

/// Which ended because a flush failed: nothing but a further write brings it onto the disk.
#[test]
fn what_the_run_before_logged_is_written_anew_before_anybody_acts_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a", "b"].map(|name| folder.path().join(name));
    let (mut log, _) = VoteLog::open(&paths).unwrap();
    log.start(Height(7)).unwrap();
    log.append(b"vote").unwrap();
    drop(log);
    let [path, _] = &paths;
    File::open(path).unwrap().set_modified(UNIX_EPOCH).unwrap();
    let (mut log, found) = VoteLog::open(&paths).unwrap();
    assert_eq!((log.height(), found), (Height(7), vec![b"vote".to_vec()]));
    assert!(fs::metadata(path).unwrap().modified().unwrap() > UNIX_EPOCH);
    // It counts as kept: the next height takes the other file.
    log.start(Height(8)).unwrap();
    assert_eq!(WalFile::inspect(path).unwrap(), entries(7, &[b"vote"]));
}

/// Most of a height these are others' votes: what is written and not synced is what a loss of power leaves zeros of.
#[test]
fn what_is_received_is_not_written_before_the_flush_that_the_next_vote_waits_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("votes.log");
    let length = || fs::metadata(&path).unwrap().len();
    let (mut wal, _) = WalFile::open(&path).unwrap();
    wal.start(Height(7)).unwrap();
    wal.append(b"another's").unwrap();
    assert_eq!(length(), 0, "nor is the height");
    wal.append(b"vote").unwrap();
    wal.flush().unwrap();
    let flushed = length();
    wal.append(b"a third one's").unwrap();
    assert_eq!((length(), WalFile::inspect(&path).unwrap()), (flushed, entries(7, &[b"another's", b"vote"])));
    wal.flush().unwrap();
    assert_eq!(WalFile::inspect(&path).unwrap(), entries(7, &[b"another's", b"vote", b"a third one's"]));
}

#[test]
fn a_run_that_ends_leaves_what_it_received_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a", "b"].map(|name| folder.path().join(name));
    let (mut log, _) = VoteLog::open(&paths).unwrap();
    log.start(Height(7)).unwrap();
    log.append(b"vote").unwrap();
    log.flush().unwrap();
    log.append(b"another's").unwrap();
    drop(log);
    let (log, found) = VoteLog::open(&paths).unwrap();
    assert_eq!((log.height(), found), (Height(7), vec![b"vote".to_vec(), b"another's".to_vec()]));
}

#[test]
fn zeros_behind_the_entries_are_told_and_not_written_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("votes.log");
    let (mut wal, _) = WalFile::open(&path).unwrap();
    wal.start(Height(7)).unwrap();
    wal.append(b"one").unwrap();
    wal.flush().unwrap();
    let flushed = fs::read(&path).unwrap();
    drop(wal);
    for zeros in [8, 100, 10_000] {
        fs::write(&path, [&flushed[..], &vec![0; zeros]].concat()).unwrap();
        let Contents::Entries { height, entries, ends_in_zeros } = WalFile::open(&path).unwrap().1 else {
            panic!("{zeros} zeros");
        };
        assert_eq!((height, entries, ends_in_zeros), (Height(7), vec![b"one".to_vec()], true));
        assert_eq!(fs::read(&path).unwrap(), flushed);
        // nor is a file without a sound entry one that was never written
        for sound in [0, 20] {
            fs::write(&path, [&flushed[..sound], &vec![0; 28 + zeros]].concat()).unwrap();
            assert!(matches!(WalFile::inspect(&path).unwrap(), Contents::Damaged { .. }), "{sound}, {zeros}");
        }
    }
    fs::write(&path, [&flushed[..], &[0; 100], b"more"].concat()).unwrap();
    assert!(matches!(WalFile::inspect(&path).unwrap(), Contents::Damaged { .. }));
}

#[test]
fn every_flipped_byte_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("votes.log");
    let (mut wal, _) = WalFile::open(&path).unwrap();
    wal.start(Height(7)).unwrap();
    wal.append(b"one").unwrap();
    drop(wal);
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(&path, bytes).unwrap();
        assert!(matches!(WalFile::inspect(&path).unwrap(), Contents::Damaged { .. }), "byte {at}");
        assert!(WalFile::open(&path).is_err());
    }
}

/// What others say after this node's last vote is logged too, and nothing waits for it to be on disk.
#[test]
fn what_was_logged_behind_the_last_vote_does_not_take_the_vote_away() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a", "b"].map(|name| folder.path().join(name));
    let (mut log, _) = VoteLog::open(&paths).unwrap();
    for height in 1..4 {
        log.start(Height(height)).unwrap();
        log.append(b"vote").unwrap();
        log.flush().unwrap();
        log.append(b"another's").unwrap();
    }
    // stopped before anything of the fourth height is on disk
    log.start(Height(4)).unwrap();
    drop(log);
    let (log, found) = VoteLog::open(&paths).unwrap();
    assert_eq!((log.height(), found.first().map(Vec::as_slice)), (Height(3), Some(b"vote".as_slice())));
}

#[test]
fn a_height_that_begins_leaves_the_last_one_voted_in_until_it_has_votes_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a", "b"].map(|name| folder.path().join(name));
    let last = || {
        let [a, b] = paths.each_ref().map(|path| WalFile::inspect(path).unwrap());
        a.later(b)
    };
    let (mut log, _) = VoteLog::open(&paths).unwrap();
    for height in 1..6 {
        log.start(Height(height)).unwrap();
        if height > 1 {
            assert_eq!(last(), entries(height - 1, &[b"vote"]), "an empty log would be a newcomer's");
        }
        // a height that began twice, and one that was fetched without a vote
        log.start(Height(height)).unwrap();
        log.append(b"vote").unwrap();
        log.flush().unwrap();
        assert_eq!(last(), entries(height, &[b"vote"]));
    }
    for height in 6..9 {
        log.start(Height(height)).unwrap();
        assert_eq!(last(), entries(5, &[b"vote"]));
    }
    drop(log);
    let (log, found) = VoteLog::open(&paths).unwrap();
    assert_eq!((log.height(), found), (Height(5), vec![b"vote".to_vec()]));
}
