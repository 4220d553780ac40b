#![allow(clippy::unwrap_used, reason = "tests")]

use super::requests::{READ_AT_ONCE, REFUSALS_KEPT_MS};
use super::*;
use crate::kv::Pair;
use medshare_exchange::api::{RequestState, RequestStatus};
use medshare_ledger::codec;
use medshare_ledger::id::{BlockId, LeaseId, Timestamp};
use std::sync::Arc;

const FIRST: RequestorId = RequestorId::from_bytes([1; 16]);
const SECOND: RequestorId = RequestorId::from_bytes([2; 16]);

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

/// A store that counts how often keys are looked through.
#[derive(Default)]
struct Looked {
    inner: crate::kv::memory::MemoryStore,
    scans: Arc<AtomicUsize>,
}

impl KvStore for Looked {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
        self.inner.get(key)
    }

    fn apply(&self, changes: Vec<Change>) -> Result<(), StoreFault> {
        self.inner.apply(changes)
    }

    fn scan(&self, prefix: &[u8]) -> Result<Vec<Pair>, StoreFault> {
        self.scans.fetch_add(1, Ordering::SeqCst);
        self.inner.scan(prefix)
    }

    fn scan_after(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Pair>, StoreFault> {
        self.scans.fetch_add(1, Ordering::SeqCst);
        self.inner.scan_after(prefix, after, limit)
    }

    fn last_at_most(&self, prefix: &[u8], until: &[u8]) -> Result<Option<Pair>, StoreFault> {
        self.inner.last_at_most(prefix, until)
    }

    fn flush(&self) -> Result<(), StoreFault> {
        self.inner.flush()
    }
}

#[test]
fn proxy_keys_are_counted_when_the_store_is_opened_and_not_looked_through_again() {
    let looked = Looked::default();
    let of_before = |n: usize| Change::put(proxy_key(FIRST, &format!("A{n:05}@x")), b"key");
    looked.apply((0..COUNTED_AT_ONCE + 3).map(of_before).collect()).unwrap();
    let scans = Arc::clone(&looked.scans);
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
    let looked = Looked::default();
    looked.apply(vec![Change::put(proxy_key(FIRST, "A@x"), b"key")]).unwrap();
    let store = PrivateStore::over(looked);
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

#[test]
fn words_of_a_report_are_there_before_it_is_decided_and_stay_or_go_with_what_is_decided() {
    let home = tempfile::tempdir().unwrap();
    let store = PrivateStore::open(home.path()).unwrap();
    let hash = |n: u8| Hash32::from_bytes([n; 32]);
    let waiting = WaitingReport {
        received: Timestamp(7),
        parent: BlockId::from_bytes([1; 32]),
        lease: LeaseId::from_bytes([2; 16]),
        sequence: 3,
    };
    for n in 1..=3 {
        store.put_words(&hash(n), "data copied: violation", &waiting).unwrap();
    }
    store.set_decided(&hash(1), &waiting).unwrap();
    store.forget_words(&hash(2), &waiting).unwrap();
    drop(store);
    let store = PrivateStore::open(home.path()).unwrap();
    let words = |n| store.words(&hash(n)).unwrap();
    assert_eq!((words(1).as_deref(), words(2)), (Some("data copied: violation"), None));
    assert_eq!((words(3), words(4)), (words(1), None));
    assert_eq!(store.waiting_reports().unwrap(), [(hash(3), waiting)]);
}

/// A report that waits, of this number under one lease.
fn numbered(sequence: u32) -> WaitingReport {
    let (parent, lease) = (BlockId::from_bytes([1; 32]), LeaseId::from_bytes([2; 16]));
    WaitingReport { received: Timestamp(7), parent, lease, sequence }
}

#[test]
fn of_reports_that_wait_nothing_is_read_but_those_of_the_number_that_is_looked_at() {
    let store = PrivateStore::of(PathBuf::new(), crate::kv::memory::MemoryStore::new());
    let (own, waiting) = (Hash32::from_bytes([9; 32]), numbered(3));
    store.put_words(&own, "words", &waiting).unwrap();
    // Each of these is damaged.
    let damaged = (0..20_000u32).map(|n| {
        let lease = medshare_crypto::hash::sha256(&n.to_be_bytes());
        Change::put([b"w", [1; 32].as_slice(), &lease.as_bytes()[..16], &[0, 0, 0, 3], &[5; 32]].concat(), b"damaged")
    });
    store.store.apply(damaged.collect()).unwrap();
    assert_eq!(store.waiting_of_number(waiting.parent, waiting.lease, 3).unwrap(), [(own, waiting)]);
    assert!(store.waiting_of_number(waiting.parent, waiting.lease, 4).unwrap().is_empty());
    assert_eq!(store.waiting_reports().unwrap(), [(own, waiting)]);
}

#[test]
fn a_mark_that_is_damaged_stops_nobody_and_takes_no_words_away() {
    let home = tempfile::tempdir().unwrap();
    let (report, other, waiting) = (Hash32::from_bytes([9; 32]), Hash32::from_bytes([8; 32]), numbered(3));
    let [place, elsewhere] = [3, 4]
        .map(|sequence: u32| [b"w", [1; 32].as_slice(), &[2; 16], &sequence.to_be_bytes(), report.as_bytes()].concat());
    let store = PrivateStore::open(home.path()).unwrap();
    store.put_words(&report, "words", &waiting).unwrap();
    let whole = store.store.get(&place).unwrap().unwrap();
    let changes =
        vec![Change::put(place, b"damaged"), Change::put(elsewhere, whole), Change::put(of_hash(b'p', &other), b"?")];
    store.write(changes).unwrap();
    drop(store);
    let store = PrivateStore::open(home.path()).unwrap();
    assert_eq!(store.waiting_of_number(waiting.parent, waiting.lease, 3).unwrap(), []);
    assert_eq!(store.waiting_reports().unwrap(), []);
    store.forget_words(&report, &waiting).unwrap();
    assert_eq!(store.words(&report).unwrap().as_deref(), Some("words"), "nobody knows since when it waits");
    store.put_words(&report, "words", &waiting).unwrap();
    assert_eq!(store.waiting_reports().unwrap(), [(report, waiting)], "whoever hands it in again renews it");
}

#[test]
fn words_that_were_taken_in_again_are_not_forgotten_for_what_they_were_before() {
    let store = PrivateStore::of(PathBuf::new(), crate::kv::memory::MemoryStore::new());
    let (report, before) = (Hash32::from_bytes([9; 32]), numbered(3));
    let renewed = WaitingReport { received: Timestamp(8), ..before };
    store.put_words(&report, "words", &before).unwrap();
    store.put_words(&report, "words", &renewed).unwrap();
    store.forget_words(&report, &before).unwrap();
    assert_eq!(store.words(&report).unwrap().as_deref(), Some("words"));
    assert_eq!(store.waiting_reports().unwrap(), [(report, renewed)]);
    store.forget_words(&report, &renewed).unwrap();
    assert!(store.words(&report).unwrap().is_none() && store.waiting_reports().unwrap().is_empty());
}

#[test]
fn what_waited_when_another_build_ran_is_looked_at_like_the_rest() {
    let home = tempfile::tempdir().unwrap();
    let (report, waiting) = (Hash32::from_bytes([9; 32]), numbered(3));
    let mark = codec::encode(&(waiting.received, waiting.parent, waiting.lease, waiting.sequence));
    let store = PrivateStore::open(home.path()).unwrap();
    store.write(vec![Change::put(of_hash(b'p', &report), mark), Change::put(of_hash(b'r', &report), "words")]).unwrap();
    drop(store);
    let store = PrivateStore::open(home.path()).unwrap();
    assert_eq!(store.waiting_of_number(waiting.parent, waiting.lease, 3).unwrap(), [(report, waiting)]);
    store.forget_words(&report, &waiting).unwrap();
    assert!(store.store.scan(&[]).unwrap().is_empty());
}

fn status(request: &Hash32, state: RequestState) -> RequestStatus {
    RequestStatus {
        request: request.to_string(),
        state,
        stages: vec![],
        error: None,
        block: None,
        height: None,
        package: None,
    }
}

#[test]
fn refusals_of_any_number_of_requests_leave_few_and_deliveries_stay() {
    let home = tempfile::tempdir().unwrap();
    let store = PrivateStore::open(home.path()).unwrap();
    let request = |n: u32| medshare_crypto::hash::sha256(&n.to_be_bytes());
    let delivered = request(u32::MAX);
    store.put_request(&delivered, &status(&delivered, RequestState::Delivered)).unwrap();
    let refuse = |n: u32, requestor, at: u64| {
        let unfinished = Unfinished { received: Timestamp(at), requestor, form: b"signed".to_vec() };
        store.put_unfinished(&request(n), &unfinished).unwrap();
        store
            .put_refusal(
                &request(n),
                &status(&request(n), RequestState::Refused),
                requestor,
                (Timestamp(at), Timestamp(0)),
            )
            .unwrap();
    };
    refuse(0, SECOND, 1);
    let last = u32::try_from(MAX_REFUSALS_OF_ONE).unwrap() + 100;
    for n in 1..=last {
        refuse(n, FIRST, u64::from(n));
    }
    let kept = |n| store.request(&request(n)).unwrap().is_some();
    assert!(kept(0) && kept(last) && !kept(1), "each has her own, and of these the last");
    let all = || store.store.scan(&[]).unwrap().len();
    assert_eq!(all(), 2 * MAX_REFUSALS_OF_ONE + 3);
    refuse(last + 1, FIRST, u64::from(last) + 1 + REFUSALS_KEPT_MS);
    assert_eq!(all(), 2 + 3, "what nobody may ask for any more is gone");
    assert!(store.request(&delivered).unwrap().is_some() && store.unfinished_requests().unwrap().is_empty());
}

#[test]
fn a_refusal_is_kept_as_long_as_the_ledger_would_take_an_answer() {
    let home = tempfile::tempdir().unwrap();
    let store = PrivateStore::open(home.path()).unwrap();
    let request = |n: u8| Hash32::from_bytes([n; 32]);
    let refuse = |n, now, deadline| {
        let status = status(&request(n), RequestState::Refused);
        store.put_refusal(&request(n), &status, FIRST, (Timestamp(now), Timestamp(deadline))).unwrap();
    };
    let days = 48 * REFUSALS_KEPT_MS;
    refuse(1, 0, days);
    refuse(2, 0, 10);
    refuse(3, days - 1, days);
    let kept = |n| store.request(&request(n)).unwrap().is_some();
    assert!(kept(1) && !kept(2) && kept(3));
    refuse(4, days + 1, days + 2);
    assert!(!kept(1) && kept(3));
    // one that is refused once more is kept from then on
    refuse(4, days + 10, days + 2);
    refuse(5, days + 5 + REFUSALS_KEPT_MS, 0);
    assert!(!kept(3) && kept(4));
}

#[test]
fn of_any_number_of_unfinished_requests_it_is_known_who_made_them() {
    let home = tempfile::tempdir().unwrap();
    let store = PrivateStore::open(home.path()).unwrap();
    let mut all = Vec::new();
    for n in 0..=u8::try_from(2 * READ_AT_ONCE).unwrap() {
        let (request, requestor) = (Hash32::from_bytes([n; 32]), if n % 2 == 0 { FIRST } else { SECOND });
        let unfinished = Unfinished { received: Timestamp(1), requestor, form: vec![n; 4096] };
        store.put_unfinished(&request, &unfinished).unwrap();
        all.push((request, requestor));
    }
    assert_eq!(store.unfinished_requests().unwrap(), all);
}

#[test]
fn a_request_is_unfinished_until_its_end_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let store = PrivateStore::open(home.path()).unwrap();
    let request = Hash32::from_bytes([5; 32]);
    let unfinished = Unfinished { received: Timestamp(9), requestor: FIRST, form: b"signed".to_vec() };
    store.put_unfinished(&request, &unfinished).unwrap();
    store.put_request(&request, &status(&request, RequestState::Undecided)).unwrap();
    drop(store);
    let store = PrivateStore::open(home.path()).unwrap();
    assert_eq!(store.unfinished_requests().unwrap(), [(request, FIRST)]);
    assert_eq!(store.unfinished_request(&request).unwrap(), Some(unfinished));
    store
        .put_refusal(&request, &status(&request, RequestState::Refused), FIRST, (Timestamp(10), Timestamp(11)))
        .unwrap();
    assert!(store.unfinished_requests().unwrap().is_empty() && store.unfinished_request(&request).unwrap().is_none());
    assert_eq!(store.request(&request).unwrap().unwrap().state, RequestState::Refused);
}

/// Whether it failed with words that say what to do.
fn is_advised<T>(found: Result<T, StoreFault>) -> bool {
    let said = found.err().unwrap().to_string();
    assert!(said.contains("private") && said.contains("bring back a backup of it"), "{said}");
    true
}

/// A store that opened, and is damaged in every page that is read later.
struct DamagedInside;

fn damage<T>() -> Result<T, StoreFault> {
    Err(StoreFault::Damaged {
        path: "private".into(),
        reason: "the store cannot make sense of its own bytes".to_owned(),
    })
}

impl KvStore for DamagedInside {
    fn get(&self, _key: &[u8]) -> Result<Option<Vec<u8>>, StoreFault> {
        damage()
    }

    fn apply(&self, _changes: Vec<Change>) -> Result<(), StoreFault> {
        damage()
    }

    fn scan(&self, _prefix: &[u8]) -> Result<Vec<Pair>, StoreFault> {
        damage()
    }

    fn scan_after(&self, _prefix: &[u8], _after: Option<&[u8]>, _limit: usize) -> Result<Vec<Pair>, StoreFault> {
        damage()
    }

    fn last_at_most(&self, _prefix: &[u8], _until: &[u8]) -> Result<Option<Pair>, StoreFault> {
        let source = std::io::Error::from_raw_os_error(5);
        Err(StoreFault::io("reading", std::path::Path::new("private"), source))
    }

    fn flush(&self) -> Result<(), StoreFault> {
        damage()
    }
}

#[test]
fn a_private_store_that_is_damaged_inside_says_what_to_do_wherever_it_shows() {
    let store = PrivateStore::of("private".into(), DamagedInside);
    let report = Hash32::from_bytes([5; 32]);
    let deleted = store.delete_proxy_key_unless(FIRST, "A@x", |_| Ok::<_, StoreFault>(true));
    for advised in [
        is_advised(store.proxy_key_holders()),
        is_advised(store.proxy_keys(FIRST)),
        is_advised(store.proxy_key(FIRST, "A@x")),
        is_advised(store.count_proxy_keys()),
        is_advised(store.put_proxy_key(FIRST, "A@x", b"key")),
        is_advised(deleted),
        is_advised(store.words(&report)),
        is_advised(store.has_words(&report)),
        is_advised(store.was_taken_in(&report)),
        is_advised(store.put_words(&report, "words", &numbered(3))),
        is_advised(store.waiting_reports()),
        is_advised(store.request(&report)),
        is_advised(store.store.last_at_most(b"", b"")),
        is_advised(store.store.scan_after(b"", None, 1)),
        is_advised(store.store.flush()),
    ] {
        assert!(advised);
    }
}

#[test]
fn a_record_that_nobody_can_read_says_what_to_do() {
    let store = PrivateStore::of("private".into(), crate::kv::memory::MemoryStore::new());
    let report = Hash32::from_bytes([5; 32]);
    store.store.apply(vec![Change::put(of_hash(b'r', &report), [0xff])]).unwrap();
    assert!(is_advised(store.words(&report)));
    assert!(store.was_taken_in(&report).unwrap() && !store.has_words(&report).unwrap());
}
