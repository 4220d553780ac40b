//! What is said of a store that is damaged.

use super::*;

/// Whether it failed with words that say what to do.
fn is_advised<T>(found: Result<T, StoreFault>) -> bool {
    let said = found.err().unwrap().to_string();
    assert!(said.contains("private") && said.contains("bring back a backup of it"), "{said}");
    true
}

/// A store that opened, and is damaged in every page that is read later.
fn damaged_inside() -> impl KvStore {
    HookedStore::new(|operation| match operation {
        Operation::LastAtMost => {
            Err(StoreFault::io("reading", Path::new("private"), std::io::Error::from_raw_os_error(5)))
        }
        _ => {
            let reason = "the store cannot make sense of its own bytes".to_owned();
            Err(StoreFault::Damaged { path: "private".into(), reason })
        }
    })
}

#[test]
fn a_private_store_that_is_damaged_inside_says_what_to_do_wherever_it_shows() {
    let store = PrivateStore::of("private".into(), damaged_inside());
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
    let store = PrivateStore::of("private".into(), MemoryStore::new());
    let report = Hash32::from_bytes([5; 32]);
    store.store.apply(vec![Change::put(of_hash(b'r', &report), [0xff])]).unwrap();
    assert!(is_advised(store.words(&report)));
    assert!(store.was_taken_in(&report).unwrap() && !store.has_words(&report).unwrap());
}
