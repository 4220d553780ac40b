//! The tree against a plain map.

use super::*;
use crate::id::RequestorId;
use proptest::prelude::*;

#[derive(Default)]
struct Memory(BTreeMap<Vec<u8>, Vec<u8>>);

impl TreeStore for Memory {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateFault> {
        Ok(self.0.get(key).cloned())
    }

    fn last_at_most(&self, prefix: &[u8], until: &[u8]) -> Result<Option<Vec<u8>>, StateFault> {
        let end = [prefix, until].concat();
        Ok(self.0.range(prefix.to_vec()..=end).next_back().map(|(_, value)| value.clone()))
    }
}

impl Memory {
    fn write(&mut self, version: u64, writes: &WriteSet) -> Hash32 {
        let update = next_version(self, version, writes).unwrap();
        self.0.extend(update.puts);
        assert_eq!(state_root(self, version).unwrap(), update.root);
        update.root
    }
}

fn key(index: u8) -> StateKey {
    StateKey::Identity(RequestorId::from_bytes([index; 16]))
}

fn write(index: u8, value: Option<&[u8]>) -> (Vec<u8>, Option<Vec<u8>>) {
    (key(index).to_bytes(), value.map(<[u8]>::to_vec))
}

#[test]
fn every_height_has_a_version_even_without_writes() {
    let mut memory = Memory::default();
    let first = memory.write(0, &WriteSet::from([write(1, Some(b"a")), write(2, Some(b"b"))]));
    for version in 1..5 {
        assert_eq!(memory.write(version, &WriteSet::new()), first);
    }
    let later = memory.write(5, &WriteSet::from([write(3, Some(b"c"))]));
    assert_ne!(later, first);
    let proof = prove(&memory, 4, &key(1)).unwrap();
    assert_eq!(proof.verify(&first, &key(1)).unwrap(), Some(b"a".as_slice()));
}

#[test]
fn a_missing_previous_version_is_a_fault_and_not_an_empty_tree() {
    let mut memory = Memory::default();
    memory.write(0, &WriteSet::from([write(1, Some(b"a"))]));
    let writes = WriteSet::from([write(2, Some(b"b"))]);
    assert!(matches!(next_version(&memory, 2, &writes), Err(StateFault::MissingVersion { version: 1 })));
    assert!(matches!(next_version(&memory, 0, &writes), Err(StateFault::VersionExists { version: 0 })));
    assert!(matches!(state_root(&memory, 1), Err(StateFault::MissingVersion { version: 1 })));
    assert!(matches!(prove(&memory, 1, &key(1)), Err(StateFault::MissingVersion { version: 1 })));
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
}
