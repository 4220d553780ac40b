//! What somebody waits for, from bytes to bytes: everything that user, owner and node do between what they are sent and what they send.
//!
//! The bytes are an encrypted file with 1 KiB of contents, in it the owner's signature over its header's name, which stands for policy and rows by
//! their hash. The user and the node verify the signature, the node also that the rows are those that were signed, and their points. The node signs its
//! answer, for this user and this header, and the user verifies that. The owner compares the versions of its rows with those in the authorities' files.
//!
//! Left out: disks; hexadecimal digits, but for those of the authorities' files; passphrases, key files; the policy that the owner types. The letter in
//! which an owner's set lies is opened in `owner_unseal`.

use medshare_crypto::abe::{
    Age, AttributeVersion, AuthoritySecret, Contribution, OwnRegistration, ProxyKeys, RowShare, Rows, RowsUsed,
    Transform, TransformStatement, UserSecret, VersionsInForce, join_contributions,
};
use medshare_crypto::abe_file::{FileHeader, Opener, seal_file};
use medshare_crypto::letter::Letter;
use medshare_crypto::policy::AttributeName;
use medshare_crypto::seal::SealingSecretKey;
use medshare_crypto::sign::{Signature, SigningKey, VerifyingKey};
use rand::rngs::OsRng;

use super::measure::{Results, best_ms_of};
use super::medshare::{World, names};

const SYSTEM: &str = "medshare";
const CONTENTS: [u8; 1024] = [7; 1024];

/// A set out of an owner's pool.
#[derive(Clone)]
struct Set {
    rows: Vec<u8>,
    shares: Vec<[u8; 32]>,
    versions: Vec<u8>,
}

/// What two organisations made ahead of time, checked and joined as it comes into a pool.
fn pool_set(world: &World) -> Set {
    let contribution = || Contribution::make(&world.policy, &world.publics, &mut OsRng).unwrap();
    let sets = [vec![contribution(), contribution()]];
    let (rows, shares) = join_contributions(&sets, &world.publics, &mut OsRng).unwrap().remove(0);
    Set {
        rows: rows.to_bytes(),
        shares: shares.iter().map(|share| *share.to_bytes()).collect(),
        versions: AttributeVersion::all_to_bytes(&rows.versions().unwrap()),
    }
}

/// The authorities' public files, in which these attributes are.
fn public_files(authorities: &[AuthoritySecret], attributes: &[AttributeName]) -> Vec<String> {
    let line = |name: &str, bytes: &[u8]| format!("{name}: {}\n", hex::encode(bytes));
    let file = |authority: &AuthoritySecret| {
        let own = attributes.iter().filter(|attribute| attribute.authority() == *authority.name());
        let of = own.map(|name| line("attribute", &authority.attribute_public(name, 0).unwrap().to_bytes()));
        let head = [VersionsInForce::FIRST_LINE, "\n", &line("authority", &authority.public().to_bytes())].concat();
        [head].into_iter().chain(of).collect()
    };
    authorities.iter().map(file).collect()
}

/// From the authorities' public files and a set to an encrypted file, signed, in `file`.
fn owner_path(public: &[String], set: Set, owner: &SigningKey, file: &mut Vec<u8>) {
    let mut in_force = VersionsInForce::default();
    public.iter().for_each(|text| in_force.add_file(text).unwrap());
    assert_eq!(in_force.age(&AttributeVersion::all_from_bytes(&set.versions).unwrap()), Ok(Age::InForce));
    let rows = Rows::from_vec(set.rows).unwrap();
    let shares = set.shares.iter().map(|share| RowShare::from_bytes(share).unwrap()).collect();
    file.clear();
    seal_file(rows, shares, owner, &mut CONTENTS.as_slice(), file, &mut OsRng).unwrap();
}

fn time_owner(results: &mut Results, case: &str, count: usize, public: &[String], set: &Set, owner: &SigningKey) {
    // Memory to write to is there, as a file is.
    let mut file = Vec::new();
    let value = best_ms_of(|| set.clone(), |set| owner_path(public, set, owner, &mut file));
    results.add(SYSTEM, case, count, value, "ms");
}

/// A node's answer, as it is sent.
struct Answer {
    rows: Vec<u8>,
    transform: Vec<u8>,
    signature: [u8; 64],
}

/// From an encrypted file to a node's answer.
fn node_path(world: &World, file: &[u8], owner: VerifyingKey, keys: &ProxyKeys, node: &SigningKey) -> Answer {
    let header = FileHeader::read(&mut &*file).unwrap().of_owner(&[owner]).unwrap();
    let selected = keys.select(&header.ciphertext().unwrap()).unwrap();
    let (rows, transform) = (RowsUsed::of(&selected), keys.transform_selected(&selected));
    let (header, user) = (header.header().hash(), world.registration.hash());
    let signature = node.sign(&TransformStatement { header, user, rows: &rows, transform: &transform });
    Answer { rows: rows.to_bytes(), transform: transform.to_bytes(), signature: signature.to_bytes() }
}

/// What is in a user's key file.
struct UserKey {
    z: [u8; 32],
    registration: Vec<u8>,
}

/// From an encrypted file, an answer and the user's key to the contents.
fn user_path(key: &UserKey, file: &[u8], owner: VerifyingKey, answer: &Answer, node: VerifyingKey) -> Vec<u8> {
    let (user, own) = (UserSecret::from_bytes(&key.z).unwrap(), OwnRegistration::from_own_key(&key.registration));
    let mut reader = file;
    let header = FileHeader::read(&mut reader).unwrap().of_owner(&[owner]).unwrap();
    let (rows, transform) =
        (RowsUsed::from_bytes(&answer.rows).unwrap(), Transform::from_bytes(&answer.transform).unwrap());
    let (name, registration) = (header.header().hash(), own.hash());
    let statement = TransformStatement { header: name, user: registration, rows: &rows, transform: &transform };
    node.verify(&statement, &Signature::from_bytes(answer.signature)).unwrap();
    let opener = Opener::WithNode { user: &user, transform: &transform };
    let mut contents = Vec::with_capacity(CONTENTS.len());
    header.open(opener, &mut reader, &mut contents).unwrap();
    contents
}

pub fn measure(results: &mut Results, world: &World) {
    let count = world.count;
    let (set, owner, node) = (pool_set(world), SigningKey::generate(&mut OsRng), SigningKey::generate(&mut OsRng));
    let attributes: Vec<AttributeName> = world.policy.leaves().into_iter().cloned().collect();
    let public = public_files(&world.authorities, &attributes);
    let (mut file, key) = (Vec::new(), owner.verifying_key());
    owner_path(&public, set.clone(), &owner, &mut file);
    let keys = ProxyKeys::new(&world.registration, &world.keys);
    let answer = node_path(world, &file, key, &keys, &node);
    let of_user = UserKey { z: *world.user.to_bytes(), registration: world.registration.registration().to_bytes() };
    let user = || user_path(&of_user, &file, key, &answer, node.verifying_key());
    assert_eq!(user(), CONTENTS);

    time_owner(results, "owner_path", count, &public, &set, &owner);
    time_unsealing(results, count, &set, &owner);
    results.time(SYSTEM, "node_path", count, || node_path(world, &file, key, &keys, &node));
    results.time(SYSTEM, "user_path", count, user);
    let parts = ["node_path", "user_path"].map(|case| results.value(SYSTEM, case, count).unwrap());
    results.add(SYSTEM, "total_work", count, parts.iter().sum(), "ms");
}

/// Opening the letter in which a set lies; in it are hexadecimal digits. It grows with the rows, and comes before `owner_path`.
fn time_unsealing(results: &mut Results, count: usize, set: &Set, owner: &SigningKey) {
    let sealing = SealingSecretKey::generate(&mut OsRng);
    let contents = hex::encode([set.rows.as_slice(), &set.versions, set.shares.as_flattened()].concat());
    let letter = Letter::write(owner, &sealing.public_key(), contents.as_bytes(), &mut OsRng).unwrap().to_bytes();
    let sender = owner.verifying_key();
    results
        .time(SYSTEM, "owner_unseal", count, || Letter::from_bytes(&letter).unwrap().read(&sender, &sealing).unwrap());
}

/// Ten attributes in the policy, and a thousand in the authorities' files.
pub fn large_public_file(results: &mut Results) {
    const IN_FILES: usize = 1_000;
    let world = World::new(10);
    let of_policy = world.policy.leaves().into_iter().cloned();
    let others = names(IN_FILES).into_iter().map(|name| format!("OTHER-{name}").parse().unwrap());
    let attributes: Vec<AttributeName> = others.skip(world.count).chain(of_policy).collect();
    let public = public_files(&world.authorities, &attributes);
    let (set, owner) = (pool_set(&world), SigningKey::generate(&mut OsRng));
    time_owner(results, "owner_path_1000_published", world.count, &public, &set, &owner);
}
