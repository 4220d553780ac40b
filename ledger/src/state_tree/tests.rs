//! The tree against a plain map.

use super::*;
use crate::id::RequestorId;
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// More versions than any test writes.
const ALL: u64 = 1_000;

#[derive(Default)]
struct Memory {
    pairs: BTreeMap<Vec<u8>, Vec<u8>>,
    /// What was read.
    touched: RefCell<BTreeSet<Vec<u8>>>,
}

impl TreeStore for Memory {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateFault> {
        self.touched.borrow_mut().insert(key.to_vec());
        Ok(self.pairs.get(key).cloned())
    }

    fn last_at_most(&self, prefix: &[u8], until: &[u8]) -> Result<Option<(Vec<u8>, Vec<u8>)>, StateFault> {
        let end = [prefix, until].concat();
        let found = self.pairs.range(prefix.to_vec()..=end).next_back();
        self.touched.borrow_mut().extend(found.map(|(key, _)| key.clone()));
        Ok(found.map(|(key, value)| (key.clone(), value.clone())))
    }
}

impl Memory {
    fn write(&mut self, height: u64, writes: &WriteSet) -> Hash32 {
        self.write_keeping(height, writes, ALL)
    }

    fn write_keeping(&mut self, height: u64, writes: &WriteSet, kept: u64) -> Hash32 {
        let update = next_version(self, height, writes, kept).unwrap();
        let put: BTreeSet<_> = update.puts.iter().map(|(key, _)| key).collect();
        assert!(put.iter().all(|key| !self.pairs.contains_key(*key)), "something is overwritten");
        self.pairs.extend(update.puts);
        for key in update.deletes {
            assert!(self.pairs.remove(&key).is_some(), "something is deleted that is not there");
        }
        update.root
    }

    /// Every key but the lists of what is stale and the marks of what was deleted.
    fn needed(&self) -> BTreeSet<Vec<u8>> {
        let needed = self.pairs.iter().filter(|(key, value)| key[0] != 4 && !is_mark(key, value));
        needed.map(|(key, _)| key.clone()).collect()
    }
}

/// Whether this says that a value was deleted.
fn is_mark(key: &[u8], value: &[u8]) -> bool {
    key[0] == 2 && value == [0]
}

fn key(index: u8) -> StateKey {
    StateKey::Identity(RequestorId::from_bytes([index; 16]))
}

fn write(index: u8, value: Option<&[u8]>) -> (Vec<u8>, Option<Vec<u8>>) {
    (key(index).to_bytes(), value.map(<[u8]>::to_vec))
}

#[test]
fn a_height_that_changes_nothing_writes_nothing_and_stays_provable() {
    let mut memory = Memory::default();
    let first = memory.write(0, &WriteSet::from([write(1, Some(b"a")), write(2, Some(b"b"))]));
    let before = memory.pairs.clone();
    for height in 1..5 {
        assert_eq!(memory.write(height, &WriteSet::new()), first);
    }
    // What stands already, and what never stood.
    assert_eq!(memory.write(5, &WriteSet::from([write(1, Some(b"a")), write(9, None)])), first);
    assert_eq!(memory.pairs, before);
    let later = memory.write(6, &WriteSet::from([write(3, Some(b"c"))]));
    assert_ne!(later, first);
    for height in [0, 1, 4, 5] {
        let proof = prove(&memory, height, &key(1)).unwrap();
        assert_eq!(proof.verify(&first, &key(1)).unwrap(), Some(b"a".as_slice()));
        let proof = prove(&memory, height, &key(3)).unwrap();
        assert_eq!(proof.verify(&first, &key(3)).unwrap(), None);
    }
    for height in [6, 7, 1_000_000] {
        let proof = prove(&memory, height, &key(3)).unwrap();
        assert_eq!(proof.verify(&later, &key(3)).unwrap(), Some(b"c".as_slice()));
    }
}

#[test]
fn a_missing_previous_version_is_a_fault_and_not_an_empty_tree() {
    let mut memory = Memory::default();
    let writes = WriteSet::from([write(2, Some(b"b"))]);
    assert!(matches!(next_version(&memory, 2, &writes, ALL), Err(StateFault::MissingVersion { version: 0 })));
    assert!(matches!(prove(&memory, 0, &key(1)), Err(StateFault::NotKept { height: 0 })));
    memory.write(0, &WriteSet::from([write(1, Some(b"a"))]));
    memory.write(7, &writes);
    for height in [0, 6, 7] {
        assert!(matches!(next_version(&memory, height, &writes, ALL), Err(StateFault::HeightExists { .. })));
    }
    let root = [[1].as_slice(), &1_u64.to_be_bytes()].concat();
    assert!(memory.pairs.remove(&root).is_some());
    for writes in [writes, WriteSet::new()] {
        assert!(matches!(next_version(&memory, 8, &writes, ALL), Err(StateFault::MissingVersion { version: 1 })));
    }
}

#[test]
fn deleting_what_never_stood_in_the_tree_changes_nothing() {
    let mut memory = Memory::default();
    let first = memory.write(0, &WriteSet::from([write(1, Some(b"a"))]));
    assert_eq!(memory.write(1, &WriteSet::from([write(2, None)])), first);
}

#[test]
fn an_emptied_tree_has_a_version_and_fills_again() {
    let mut memory = Memory::default();
    let first = memory.write(0, &WriteSet::from([write(1, Some(b"a"))]));
    let empty = memory.write(1, &WriteSet::from([write(1, None)]));
    assert_eq!(prove(&memory, 1, &key(1)).unwrap().verify(&empty, &key(1)).unwrap(), None);
    assert_eq!(memory.write(2, &WriteSet::new()), empty);
    assert_eq!(memory.write(3, &WriteSet::from([write(1, Some(b"a"))])), first);
}

#[test]
fn a_flipped_bit_anywhere_in_a_proof_is_found() {
    let mut memory = Memory::default();
    let writes = (0..20).map(|index| write(index, Some(&[index]))).collect();
    let root = memory.write(0, &writes);
    for index in [3, 40] {
        let proof = prove(&memory, 0, &key(index)).unwrap();
        let expected = (index < 20).then_some([index]);
        assert_eq!(proof.verify(&root, &key(index)).unwrap(), expected.as_ref().map(<[u8; 1]>::as_slice));
        let bytes = crate::codec::encode(&proof);
        for position in 0..bytes.len() {
            for bit in 0..8 {
                let mut damaged = bytes.clone();
                damaged[position] ^= 1 << bit;
                let found = crate::codec::decode::<StateProof>(&damaged)
                    .ok()
                    .and_then(|proof| proof.verify(&root, &key(index)).ok().map(|value| value.is_some()));
                assert_eq!(found, None, "byte {position}, bit {bit}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn roots_depend_on_contents_alone_and_every_version_stays_provable(
        history in proptest::collection::vec(
            proptest::collection::btree_map(0_u8..24, proptest::option::of(any::<u8>()), 0..12), 1..12)
    ) {
        let mut memory = Memory::default();
        let mut model = BTreeMap::new();
        let mut versions = Vec::new();
        for (version, changes) in (0..).zip(&history) {
            let mut writes = changes.iter().map(|(k, v)| (key(*k).to_bytes(), v.map(|v| vec![v]))).collect::<WriteSet>();
            if version == 0 {
                writes.extend([write(u8::MAX, Some(b"never empty"))]);
            }
            let root = memory.write(version, &writes);
            for (k, v) in changes {
                match v {
                    Some(v) => model.insert(*k, *v),
                    None => model.remove(k),
                };
            }
            versions.push((root, model.clone()));
        }
        for (version, (root, model)) in (0..).zip(versions) {
            let mut fresh = model.iter().map(|(k, v)| (key(*k).to_bytes(), Some(vec![*v]))).collect::<WriteSet>();
            fresh.extend([write(u8::MAX, Some(b"never empty"))]);
            prop_assert_eq!(Memory::default().write(0, &fresh), root);
            for k in 0..24 {
                let proof = prove(&memory, version, &key(k)).unwrap();
                let expected = model.get(&k).map(|v| vec![*v]);
                prop_assert_eq!(proof.verify(&root, &key(k)).unwrap().map(<[u8]>::to_vec), expected.clone());
                let other = StateProof { value: expected.map_or(Some(vec![1]), |_| None), ..proof };
                prop_assert!(other.verify(&root, &key(k)).is_err());
            }
        }
    }
    #[test]
    fn what_no_kept_version_needs_is_deleted_and_nothing_else(
        history in proptest::collection::vec(
            proptest::collection::btree_map(0_u8..24, proptest::option::of(0_u8..3), 0..8), 1..24),
        kept in 1_u8..4,
    ) {
        let mut memory = Memory::default();
        let mut model = BTreeMap::from([(u8::MAX, 0)]);
        let mut states = vec![(memory.write(0, &WriteSet::from([write(u8::MAX, Some(&[0]))])), model.clone())];
        // Enough further changes in the end that all marks of deletions are outlived.
        let ending = (0..=kept).map(|n| BTreeMap::from([(u8::MAX, Some(10 + n))]));
        for (height, changes) in (1..).zip(history.into_iter().chain(ending)) {
            let writes = changes.iter().map(|(k, v)| (key(*k).to_bytes(), v.map(|v| vec![v]))).collect::<WriteSet>();
            let root = memory.write_keeping(height, &writes, u64::from(kept));
            for (k, v) in changes {
                match v {
                    Some(v) => model.insert(k, v),
                    None => model.remove(&k),
                };
            }
            states.push((root, model.clone()));
        }
        memory.touched.borrow_mut().clear();
        let last = states.len() - 1;
        let mut versions = 0;
        for (height, (root, model)) in states.iter().enumerate().rev() {
            let is_new = height == last || states[height + 1].0 != *root;
            versions += u8::from(is_new);
            if versions > kept + 1 {
                let refused = prove(&memory, height as u64, &key(0));
                let is_not_kept = matches!(refused, Err(StateFault::NotKept { .. }));
                prop_assert!(is_not_kept);
                break;
            }
            for k in (0..24).chain([u8::MAX]) {
                let proof = prove(&memory, height as u64, &key(k)).unwrap();
                let expected = model.get(&k).map(|v| vec![*v]);
                prop_assert_eq!(proof.verify(root, &key(k)).unwrap().map(<[u8]>::to_vec), expected);
            }
        }
        let needed = memory.needed();
        prop_assert!(needed.is_subset(&memory.touched.borrow()), "something is left that nothing needs");
        prop_assert!(memory.pairs.iter().all(|(key, value)| !is_mark(key, value)), "marks are left");
        let lists = memory.pairs.keys().filter(|key| key[0] == 4).count();
        prop_assert!(lists <= usize::from(kept));
    }
}
