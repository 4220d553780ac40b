#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use super::*;
use medshare_ledger::id::Height;
use std::fs;

fn entries(height: u64, entries: &[&[u8]]) -> Contents {
    Contents::Entries { height: Height(height), entries: entries.iter().map(|entry| entry.to_vec()).collect() }
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
    assert_eq!(WalFile::inspect(&path).unwrap(), entries(8, &[b"four"]));
}

#[test]
fn a_crash_at_any_byte_keeps_the_entries_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("votes.log");
    let (mut wal, _) = WalFile::open(&path).unwrap();
    wal.start(Height(7)).unwrap();
    wal.append(b"one").unwrap();
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
