#![allow(clippy::unwrap_used, reason = "tests")]
use super::super::failing::FailingStore;
use super::super::memory::MemoryStore;
use super::*;
use proptest::prelude::*;

fn change() -> impl Strategy<Value = Change> {
    let key = prop::collection::vec(0u8..4, 0..4);
    let value = prop::collection::vec(any::<u8>(), 0..8);
    prop_oneof![(key.clone(), value).prop_map(|(key, value)| Change::put(key, value)), key.prop_map(Change::delete),]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn sled_behaves_as_the_model_also_after_opening_again(
        rounds in prop::collection::vec(prop::collection::vec(change(), 0..6), 1..6),
        prefix in prop::collection::vec(0u8..4, 0..3),
        until in prop::collection::vec(0u8..4, 0..3),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let model = MemoryStore::new();
        for changes in rounds {
            let store = SledStore::open(folder.path()).unwrap();
            store.apply(changes.clone()).unwrap();
            model.apply(changes).unwrap();
            prop_assert_eq!(store.scan(&prefix).unwrap(), model.scan(&prefix).unwrap());
            prop_assert_eq!(store.get(&prefix).unwrap(), model.get(&prefix).unwrap());
            for (after, limit) in [(None, 2), (Some(until.as_slice()), 3), (Some(until.as_slice()), usize::MAX)] {
                prop_assert_eq!(store.scan_after(&prefix, after, limit).unwrap(), model.scan_after(&prefix, after, limit).unwrap());
            }
            prop_assert_eq!(store.scan_after(&prefix, None, usize::MAX).unwrap(), model.scan(&prefix).unwrap());
            prop_assert_eq!(store.last_at_most(&prefix, &until).unwrap(), model.last_at_most(&prefix, &until).unwrap());
            store.flush().unwrap();
        }
    }
}

#[test]
fn a_wiped_view_opens_empty() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("views");
    let store = SledStore::open(&path).unwrap();
    store.apply(vec![Change::put("key", "value")]).unwrap();
    store.flush().unwrap();
    drop(store);
    wipe(&path).unwrap();
    assert!(SledStore::open(&path).unwrap().scan(b"").unwrap().is_empty());
    wipe(&folder.path().join("never made")).unwrap();
}

#[test]
fn a_damaged_view_is_refused_or_opens_and_can_be_wiped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("views");
    drop(SledStore::open(&path).unwrap());
    fs::write(path.join("conf"), b"not a configuration").unwrap();
    let error = SledStore::open(&path).unwrap_err();
    assert!(error.to_string().contains("views"), "{error}");
    wipe(&path).unwrap();
    SledStore::open(&path).unwrap();
}

#[test]
fn a_full_disk_is_called_one_and_leaves_what_was_written() {
    let store = FailingStore::after(1, MemoryStore::new());
    store.apply(vec![Change::put("a", "1")]).unwrap();
    let error = store.apply(vec![Change::put("b", "2")]).unwrap_err();
    assert!(error.is_disk_full());
    assert!(error.to_string().starts_with("disk full"), "{error}");
    assert!(store.flush().is_err());
    assert_eq!(store.into_inner().scan(b"").unwrap(), vec![(b"a".to_vec(), b"1".to_vec())]);
}
