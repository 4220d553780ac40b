//! The reference tree of the certificate-transparency project (`merkle_tree_test`), and proofs at every position.

use super::*;
use crate::state::StateFault;

/// The eight reference leaves and the roots of the first one, two, … eight of them.
const REFERENCE: [(&str, &str); 8] = [
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
];

struct Leaves(Vec<Hash32>);

impl HistoryLeaves for Leaves {
    fn leaf(&self, index: u64) -> Result<Hash32, StateFault> {
        Ok(self.0[usize::try_from(index).unwrap()])
    }
}

fn leaves(count: u64) -> Leaves {
    Leaves((0..count).map(|i| leaf_hash(&i.to_be_bytes())).collect())
}

#[test]
fn the_empty_tree_has_the_hash_of_nothing_as_root() {
    let expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(Frontier::default().root().to_string(), expected);
}

#[test]
fn roots_agree_with_the_reference_tree() {
    let mut frontier = Frontier::default();
    for (leaf, root) in REFERENCE {
        frontier.append(leaf_hash(&hex::decode(leaf).unwrap()));
        assert_eq!(frontier.root().to_string(), root);
    }
}

#[test]
fn inclusion_path_agrees_with_the_reference_proof() {
    // Path of leaf 5 of 8 in the reference implementation's test.
    let leaves = Leaves(REFERENCE.iter().map(|(l, _)| leaf_hash(&hex::decode(l).unwrap())).collect());
    let path = inclusion_proof(&leaves, 5, 8).unwrap().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        path,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ]
    );
}

#[test]
fn every_leaf_of_every_small_tree_is_provable_and_nowhere_else() {
    for size in 1..=33 {
        let leaves = leaves(size);
        let root = merkle_root(&leaves.0);
        for index in 0..size {
            let path = inclusion_proof(&leaves, index, size).unwrap();
            let leaf = leaves.leaf(index).unwrap();
            verify_inclusion(leaf, index, size, &path, &root).unwrap();
            for other in (0..size).filter(|other| *other != index) {
                assert!(verify_inclusion(leaf, other, size, &path, &root).is_err());
            }
            assert!(verify_inclusion(leaf, index, size, &path, &leaf_hash(b"other")).is_err());
            let longer = [path.clone(), vec![root]].concat();
            assert!(verify_inclusion(leaf, index, size, &longer, &root).is_err());
            if let Some((_, shorter)) = path.split_last() {
                assert!(verify_inclusion(leaf, index, size, shorter, &root).is_err());
            }
        }
    }
}

#[test]
fn every_pair_of_small_trees_is_provably_consistent() {
    for new in 1..=33 {
        let leaves = leaves(new);
        let new_root = merkle_root(&leaves.0);
        for old in 1..=new {
            let old_root = merkle_root(&leaves.0[..usize::try_from(old).unwrap()]);
            let path = consistency_proof(&leaves, old, new).unwrap();
            verify_consistency((old, &old_root), (new, &new_root), &path).unwrap();
            let wrong = leaf_hash(b"wrong");
            assert!(verify_consistency((old, &wrong), (new, &new_root), &path).is_err());
            assert!(verify_consistency((old, &old_root), (new, &wrong), &path).is_err());
            let longer = [path, vec![wrong]].concat();
            assert!(verify_consistency((old, &old_root), (new, &new_root), &longer).is_err());
        }
    }
}

#[test]
fn positions_outside_the_tree_have_no_proof() {
    let leaves = leaves(3);
    assert!(matches!(inclusion_proof(&leaves, 3, 3), Err(HistoryProofError::OutOfRange { .. })));
    assert!(matches!(consistency_proof(&leaves, 0, 3), Err(HistoryProofError::OutOfRange { .. })));
    assert!(matches!(consistency_proof(&leaves, 4, 3), Err(HistoryProofError::OutOfRange { .. })));
    let root = merkle_root(&leaves.0);
    assert!(verify_inclusion(root, 0, 0, &[], &root).is_err());
}
