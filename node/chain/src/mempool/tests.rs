#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::testing::{Parties, T0};
use medshare_crypto::hash::sha256;

fn entries(count: u64) -> Vec<VerifiedEntry> {
    let parties = Parties::new();
    (0..count).map(|n| parties.verified(parties.grant(T0 + n, sha256(b"k")))).collect()
}

fn hashes(entries: &[VerifiedEntry]) -> Vec<Hash32> {
    entries.iter().map(VerifiedEntry::hash).collect()
}

#[test]
fn entries_come_out_in_the_order_of_their_arrival() {
    let (mempool, entries) = (Mempool::default(), entries(5));
    assert!(mempool.is_empty());
    for entry in entries.iter().rev() {
        assert_eq!(mempool.insert(entry.clone()), Ok(true));
    }
    let mut expected = hashes(&entries);
    expected.reverse();
    assert_eq!(hashes(&mempool.oldest(100)), expected);
    assert_eq!(hashes(&mempool.oldest(2)), expected[..2]);
    assert_eq!(mempool.len(), 5);
}

#[test]
fn an_entry_waits_once() {
    let (mempool, entries) = (Mempool::default(), entries(1));
    assert_eq!(mempool.insert(entries[0].clone()), Ok(true));
    assert_eq!(mempool.insert(entries[0].clone()), Ok(false));
    assert_eq!(mempool.len(), 1);
    assert_eq!(mempool.get(&entries[0].hash()).unwrap().hash(), entries[0].hash());
}

#[test]
fn removed_entries_give_their_room_back_and_may_come_again() {
    let (mempool, entries) = (Mempool::default(), entries(3));
    for entry in &entries {
        mempool.insert(entry.clone()).unwrap();
    }
    mempool.remove([entries[1].hash(), entries[1].hash(), sha256(b"unknown")]);
    assert_eq!(hashes(&mempool.oldest(9)), [entries[0].hash(), entries[2].hash()]);
    assert!(mempool.get(&entries[1].hash()).is_none());
    assert_eq!(mempool.queue().bytes, entries[0].size() + entries[2].size());
    assert_eq!(mempool.insert(entries[1].clone()), Ok(true));
    mempool.remove(hashes(&entries));
    assert!(mempool.is_empty());
    assert_eq!(mempool.queue().bytes, 0);
}

#[test]
fn no_more_bytes_wait_than_the_bound() {
    let (mempool, entries) = (Mempool::default(), entries(3));
    mempool.insert(entries[0].clone()).unwrap();
    mempool.queue().bytes = MAX_WAITING_BYTES - entries[1].size();
    assert_eq!(mempool.insert(entries[1].clone()), Ok(true));
    assert_eq!(mempool.insert(entries[2].clone()), Err(Full::Full));
    assert_eq!(mempool.insert(entries[0].clone()), Ok(false));
}

#[test]
fn late_entries_make_room() {
    let (mempool, entries) = (Mempool::default(), entries(2));
    mempool.insert(entries[0].clone()).unwrap();
    let Some(long_ago) = Instant::now().checked_sub(MAX_WAIT + Duration::from_secs(1)) else { return };
    mempool.queue().by_arrival.values_mut().for_each(|(_, arrived)| *arrived = long_ago);
    mempool.insert(entries[1].clone()).unwrap();
    assert_eq!(hashes(&mempool.oldest(9)), [entries[1].hash()]);
}
