//! Words of reports and the marks of those that wait.

use super::*;
use medshare_ledger::codec;

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

#[test]
fn of_reports_that_wait_nothing_is_read_but_those_of_the_number_that_is_looked_at() {
    let store = PrivateStore::of(PathBuf::new(), MemoryStore::new());
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
    let store = PrivateStore::of(PathBuf::new(), MemoryStore::new());
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
