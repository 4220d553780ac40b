#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use super::super::hooked::full_after;
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
fn what_was_flushed_is_not_flushed_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("views");
    let store = SledStore::open(&path).unwrap();
    store.apply(vec![Change::put("key", "value")]).unwrap();
    store.flush().unwrap();
    // A flush that does anything finds that the folder is gone.
    wipe(&path).unwrap();
    store.flush().unwrap();
    store.apply(vec![Change::put("key", "other")]).unwrap();
    store.flush().unwrap_err();
    store.flush().unwrap_err();
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

/// Bytes of the view's file, from a generator that its seed tells.
fn flipped(bytes: &mut [u8], flips: u64, seed: u64) {
    let mut random = seed;
    for _ in 0..flips {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = (random >> 16) as usize % bytes.len();
        bytes[at] ^= 1 << (random & 7);
    }
}

#[test]
fn a_view_with_flipped_bits_is_a_fault_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("views");
    let store = SledStore::open(&path).unwrap();
    for round in 0u32..40 {
        let change = |index: u32| Change::put((round * 64 + index).to_be_bytes(), [index as u8; 100]);
        store.apply((0..64).map(change).collect()).unwrap();
    }
    store.flush().unwrap();
    drop(store);
    let whole = fs::read(path.join("db")).unwrap();
    let mut faults = 0;
    for seed in 0..24 {
        let mut bytes = whole.clone();
        flipped(&mut bytes, 20 + 4 * seed, seed);
        fs::write(path.join("db"), &bytes).unwrap();
        let outcome = SledStore::open(&path).and_then(|store| {
            let scanned = store.scan(b"");
            if matches!(scanned, Err(StoreFault::Damaged { .. })) {
                assert!(matches!(store.flush(), Err(StoreFault::Damaged { .. })), "seed {seed}: it is not forgotten");
            }
            scanned
        });
        faults += u32::from(outcome.is_err());
    }
    assert!(faults > 0, "some damage is found");
    wipe(&path).unwrap();
    SledStore::open(&path).unwrap();
}

#[test]
fn a_full_disk_is_called_one_and_leaves_what_was_written() {
    let store = full_after(1);
    store.apply(vec![Change::put("a", "1")]).unwrap();
    let error = store.apply(vec![Change::put("b", "2")]).unwrap_err();
    assert!(error.is_disk_full());
    assert!(error.to_string().starts_with("disk full"), "{error}");
    assert!(store.flush().is_err());
    assert_eq!(store.scan(b"").unwrap(), vec![(b"a".to_vec(), b"1".to_vec())]);
}
