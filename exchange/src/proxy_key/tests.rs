#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::*;
use rand::rngs::OsRng;

#[test]
fn a_proxy_key_opens_for_its_node_and_grant_alone() {
    let (node, other) = (SealingSecretKey::generate(&mut OsRng), SealingSecretKey::generate(&mut OsRng));
    let id = NodeId::from_bytes([1; 16]);
    let copy = seal_proxy_key(b"proxy key", id, &node.public_key(), &mut OsRng).unwrap();
    assert_eq!(copy.node, id);
    let commitment = proxy_key_commitment(b"proxy key");
    assert_eq!(open_proxy_key(&node, &commitment, &copy.sealed).unwrap().as_slice(), b"proxy key");
    open_proxy_key(&other, &commitment, &copy.sealed).unwrap_err();
    open_proxy_key(&node, &proxy_key_commitment(b"another"), &copy.sealed).unwrap_err();
}

#[test]
fn a_changed_or_truncated_copy_does_not_open() {
    let node = SealingSecretKey::generate(&mut OsRng);
    let id = NodeId::from_bytes([1; 16]);
    let copy = seal_proxy_key(b"proxy key", id, &node.public_key(), &mut OsRng).unwrap();
    let commitment = proxy_key_commitment(b"proxy key");
    for at in 0..copy.sealed.len() {
        let mut changed = copy.sealed.clone();
        *changed.get_mut(at).unwrap() ^= 1;
        open_proxy_key(&node, &commitment, &changed).unwrap_err();
        open_proxy_key(&node, &commitment, copy.sealed.get(..at).unwrap()).unwrap_err();
    }
}

#[test]
fn copies_of_one_proxy_key_are_not_recognised_by_their_bytes() {
    let node = SealingSecretKey::generate(&mut OsRng);
    let seal = || seal_proxy_key(b"k", NodeId::from_bytes([1; 16]), &node.public_key(), &mut OsRng).unwrap();
    assert_ne!(seal(), seal());
}
