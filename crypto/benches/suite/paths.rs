//! What somebody waits for, from bytes to bytes: everything that user, owner and node do between what they are sent and what they send.
//!
//! The bytes are an encrypted file with 1 KiB of contents, in it the owner's signature over its header's name, which stands for policy and rows by
//! their hash. The user and the node verify the signature, the node also that the rows are those that were signed, and their points.

use medshare_crypto::abe::{Contribution, ProxyKeys, RowShare, Rows, Transform, join_contributions};
use medshare_crypto::abe_file::{FileHeader, Opener, seal_file};
use medshare_crypto::sign::{SigningKey, VerifyingKey};
use rand::rngs::OsRng;

use super::measure::Results;
use super::medshare::World;

const CONTENTS: [u8; 1024] = [7; 1024];

/// A set out of an owner's pool.
struct Set {
    rows: Vec<u8>,
    shares: Vec<[u8; 32]>,
}

/// What two organisations made ahead of time, checked and joined as it comes into a pool.
fn pool_set(world: &World) -> Set {
    let contribution = || Contribution::make(&world.policy, &world.publics, &mut OsRng).unwrap();
    let sets = [vec![contribution(), contribution()]];
    let (rows, shares) = join_contributions(&sets, &world.publics, &mut OsRng).unwrap().remove(0);
    Set { rows: rows.to_bytes(), shares: shares.iter().map(|share| *share.to_bytes()).collect() }
}

/// From a set to an encrypted file, signed.
fn owner_path(set: &Set, owner: &SigningKey) -> Vec<u8> {
    let rows = Rows::from_bytes(&set.rows).unwrap();
    let shares = set.shares.iter().map(|share| RowShare::from_bytes(share).unwrap()).collect();
    let mut file = Vec::with_capacity(set.rows.len() + 4 * CONTENTS.len());
    seal_file(rows, shares, owner, &mut CONTENTS.as_slice(), &mut file, &mut OsRng).unwrap();
    file
}

/// From an encrypted file to a node's answer.
fn node_path(file: &[u8], owner: VerifyingKey, keys: &ProxyKeys) -> Vec<u8> {
    let header = FileHeader::read(&mut &*file).unwrap().of_owner(&[owner]).unwrap();
    keys.transform(&header.ciphertext().unwrap()).unwrap().to_bytes()
}

/// From an encrypted file and an answer to the contents.
fn user_path(world: &World, file: &[u8], owner: VerifyingKey, answer: &[u8]) -> Vec<u8> {
    let mut reader = file;
    let header = FileHeader::read(&mut reader).unwrap().of_owner(&[owner]).unwrap();
    let transform = Transform::from_bytes(answer).unwrap();
    let opener = Opener::WithNode { user: &world.user, transform: &transform };
    let mut contents = Vec::with_capacity(CONTENTS.len());
    header.open(opener, &mut reader, &mut contents).unwrap();
    contents
}

pub fn measure(results: &mut Results, world: &World) {
    let (system, count) = ("medshare", world.count);
    let (set, owner) = (pool_set(world), SigningKey::generate(&mut OsRng));
    let (file, key) = (owner_path(&set, &owner), owner.verifying_key());
    let keys = ProxyKeys::new(&world.registration, &world.keys);
    let answer = node_path(&file, key, &keys);
    assert_eq!(user_path(world, &file, key, &answer), CONTENTS);

    results.time(system, "owner_path", count, || owner_path(&set, &owner));
    results.time(system, "node_path", count, || node_path(&file, key, &keys));
    results.time(system, "user_path", count, || user_path(world, &file, key, &answer));
    let parts = ["node_path", "user_path"].map(|case| results.value(system, case, count).unwrap());
    results.add(system, "total_work", count, parts.iter().sum(), "ms");
}
