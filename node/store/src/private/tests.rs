#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

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

#[test]
fn what_was_deleted_or_kept_is_so_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let store = PrivateStore::open(home.path()).unwrap();
    store.put_proxy_key(FIRST, "A@x", b"key").unwrap();
    store.put_proxy_key(SECOND, "A@x", b"key").unwrap();
    assert!(store.delete_proxy_key_unless(FIRST, "A@x", |_| Ok::<_, StoreFault>(false)).unwrap());
    let side_block = SideBlockId::from_bytes([3; 32]);
    store.put_report(side_block, "data copied: violation").unwrap();
    drop(store);
    let store = PrivateStore::open(home.path()).unwrap();
    assert_eq!(store.proxy_key_holders().unwrap(), [(SECOND, "A@x".to_owned())]);
    assert_eq!(store.report(side_block).unwrap().as_deref(), Some("data copied: violation"));
    assert_eq!(store.report(SideBlockId::from_bytes([4; 32])).unwrap(), None);
}

#[test]
fn a_request_is_unfinished_until_its_end_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let store = PrivateStore::open(home.path()).unwrap();
    let request = Hash32::from_bytes([5; 32]);
    let unfinished = Unfinished { received: Timestamp(9), form: b"signed".to_vec() };
    store.put_unfinished(&request, &unfinished).unwrap();
    let mut status = RequestStatus {
        request: request.to_string(),
        state: RequestState::Undecided,
        stages: vec![],
        error: None,
        block: None,
        height: None,
        package: None,
    };
    store.put_request(&request, &status).unwrap();
    drop(store);
    let store = PrivateStore::open(home.path()).unwrap();
    assert_eq!(store.unfinished().unwrap(), [(request, unfinished)]);
    status.state = RequestState::Refused;
    store.put_request(&request, &status).unwrap();
    assert!(store.unfinished().unwrap().is_empty() && !store.is_unfinished(&request).unwrap());
}
