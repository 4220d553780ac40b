#![allow(clippy::unwrap_used, reason = "tests")]

mod advised;
mod reports;
mod requests;

use super::*;
use crate::kv::hooked::{HookedStore, Operation};
use crate::kv::memory::MemoryStore;
use medshare_ledger::id::{BlockId, LeaseId, Timestamp};
use std::sync::Arc;

const FIRST: RequestorId = RequestorId::from_bytes([1; 16]);
const SECOND: RequestorId = RequestorId::from_bytes([2; 16]);

/// A report that waits, of this number under one lease.
fn numbered(sequence: u32) -> WaitingReport {
    let (parent, lease) = (BlockId::from_bytes([1; 32]), LeaseId::from_bytes([2; 16]));
    WaitingReport { received: Timestamp(7), parent, lease, sequence }
}

fn attributes(store: &PrivateStore, requestor: RequestorId) -> Vec<(String, Vec<u8>)> {
    store.proxy_keys(requestor).unwrap().into_iter().map(|(name, key)| (name, key.to_vec())).collect()
}

#[test]
fn proxy_keys_of_one_requestor_are_not_anothers() {
    let home = tempfile::tempdir().unwrap();
    let store = PrivateStore::open(home.path()).unwrap();
    store.put_proxy_key(FIRST, "A@x", b"first A").unwrap();
    store.put_proxy_key(FIRST, "B@x", b"first B").unwrap();
    store.put_proxy_key(SECOND, "A@x", b"second A").unwrap();
    store.put_proxy_key(FIRST, "A@x", b"first A again").unwrap();
    let first = [("A@x".to_owned(), b"first A again".to_vec()), ("B@x".to_owned(), b"first B".to_vec())];
    assert_eq!(attributes(&store, FIRST), first);
    assert_eq!(attributes(&store, SECOND), [("A@x".to_owned(), b"second A".to_vec())]);
    let holders = [(FIRST, "A@x".to_owned()), (FIRST, "B@x".to_owned()), (SECOND, "A@x".to_owned())];
    assert_eq!(store.proxy_key_holders().unwrap(), holders);

    let delete = |attribute, covered: &[u8]| {
        store.delete_proxy_key_unless(FIRST, attribute, |key| Ok::<_, StoreFault>(key == covered)).unwrap()
    };
    assert!(!delete("B@x", b"first B"));
    assert!(delete("B@x", b"another"));
    assert!(!delete("B@x", b"another"));
    assert!(delete("A@x", b"another"));
    assert!(attributes(&store, FIRST).is_empty());
    assert_eq!(attributes(&store, SECOND).len(), 1);
}

#[test]
fn proxy_keys_are_counted_when_the_store_is_opened_and_not_looked_through_again() {
    let scans = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&scans);
    let looked = HookedStore::new(move |operation| {
        counted.fetch_add(usize::from(matches!(operation, Operation::Scan)), Ordering::SeqCst);
        Ok(())
    });
    let of_before = |n: usize| Change::put(proxy_key(FIRST, &format!("A{n:05}@x")), b"key");
    looked.apply((0..COUNTED_AT_ONCE + 3).map(of_before).collect()).unwrap();
    let store = PrivateStore::of("private".into(), looked);
    store.count_proxy_keys().unwrap();
    let (opened, at_opening) = (store.proxy_key_count(), scans.load(Ordering::SeqCst));
    assert_eq!(opened, COUNTED_AT_ONCE + 3);

    store.put_proxy_key(SECOND, "A@x", b"key").unwrap();
    assert_eq!(store.proxy_key_count(), opened + 1);
    store.put_proxy_key(SECOND, "A@x", b"another").unwrap();
    assert_eq!(store.proxy_key_count(), opened + 1, "it was replaced");
    for is_covered in [true, false, false] {
        store.delete_proxy_key_unless(SECOND, "A@x", |_| Ok::<_, StoreFault>(is_covered)).unwrap();
    }
    assert_eq!(store.proxy_key_count(), opened);
    assert_eq!(scans.load(Ordering::SeqCst), at_opening);
}

#[test]
fn a_proxy_key_that_was_not_counted_takes_none_from_the_count() {
    let inner = MemoryStore::new();
    inner.apply(vec![Change::put(proxy_key(FIRST, "A@x"), b"key")]).unwrap();
    let store = PrivateStore::over(inner);
    assert!(store.delete_proxy_key_unless(FIRST, "A@x", |_| Ok::<_, StoreFault>(false)).unwrap());
    assert_eq!(store.proxy_key_count(), 0);
}

#[test]
fn proxy_keys_of_before_are_counted_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let store = PrivateStore::open(home.path()).unwrap();
    store.put_proxy_key(FIRST, "A@x", b"key").unwrap();
    drop(store);
    assert_eq!(PrivateStore::open(home.path()).unwrap().proxy_key_count(), 1);
}

#[test]
fn what_was_deleted_or_kept_is_so_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let store = PrivateStore::open(home.path()).unwrap();
    store.put_proxy_key(FIRST, "A@x", b"key").unwrap();
    store.put_proxy_key(SECOND, "A@x", b"key").unwrap();
    assert!(store.delete_proxy_key_unless(FIRST, "A@x", |_| Ok::<_, StoreFault>(false)).unwrap());
    drop(store);
    let store = PrivateStore::open(home.path()).unwrap();
    assert_eq!(store.proxy_key_holders().unwrap(), [(SECOND, "A@x".to_owned())]);
}
