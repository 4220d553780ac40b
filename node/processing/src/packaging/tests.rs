#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod taken_back;

use super::*;
use crate::packages::Packages;
use crate::packages::blocks::Blocks;
use crate::packages::leftovers::Swept;
use medshare_crypto::abe::{Ciphertext, Registration, UserSecret, transform};
use medshare_crypto::secret::AttributeSecret;
use medshare_deid::Template;
use medshare_deid::prepared::TemplateFile;
use medshare_exchange::package::{Package, PackageError};
use medshare_ledger::entry::{Decision, Entry, OwnerDecision};
use medshare_ledger::id::{BlockId, PackageId};
use medshare_node_authenticator::admission::Admission;
use medshare_node_authenticator::request::authenticate;
use medshare_node_chain::testing::{ATTRIBUTE, Parties, T0};
use std::fs::File;
use std::io::Read as _;

const BLOCK: BlockId = BlockId::from_bytes([8; 32]);

fn authenticated(nonce: u8, parties: &Parties, chain: &Chain) -> Authenticated {
    authenticate(parties.request(nonce), chain, &Admission::new(None).unwrap(), Timestamp(T0)).unwrap()
}

fn files() -> Vec<(String, Vec<u8>)> {
    vec![("cohort.csv".to_owned(), b"female,asthma\n".repeat(18_000)), ("notes.csv".to_owned(), vec![7; 3])]
}

fn rendered() -> Rendered {
    let file = |(name, text)| TemplateFile { name, text, slots: Vec::new() };
    Template { files: files().into_iter().map(file).collect() }.render(&[]).unwrap()
}

fn draft(packages: &Packages, parties: &Parties, chain: &Chain) -> Result<UnsealedPackage, Refusal> {
    draft_of(1, packages, parties, chain)
}

fn draft_of(nonce: u8, packages: &Packages, parties: &Parties, chain: &Chain) -> Result<UnsealedPackage, Refusal> {
    let request = authenticated(nonce, parties, chain);
    let root = Secret32::generate(&mut OsRng);
    let contracted = attach_contract(&request, Sensitivity::High, parties.node(0), &root, Timestamp(T0)).unwrap();
    packages.draft(&request.hash, |out| {
        encrypt_package(contracted, &request, &rendered(), &PolicyKeys::default(), chain, out)
    })
}

fn package(parties: &Parties, chain: &Chain) -> (Packages, UnsealedPackage) {
    let packages = Packages::open(parties.home.path()).unwrap();
    let unsealed = draft(&packages, parties, chain).unwrap();
    (packages, unsealed)
}

/// The attribute secret as the requestor's agent gets it with a node's help.
fn recover(parties: &Parties, manifest: &Manifest, secret: &UserSecret) -> AttributeSecret {
    let registration =
        parties.requestor.attributes.registration(parties.requestor.id().as_bytes(), &mut OsRng).unwrap();
    let user = Registration::from_bytes(&registration.to_bytes()).unwrap().verify().unwrap();
    let key = parties.authority.secret.issue(&user, &ATTRIBUTE.parse().unwrap(), 1).unwrap();
    let ciphertext = Ciphertext::from_bytes(&manifest.attribute_block).unwrap();
    let transformed = transform(&ciphertext, &user, &[key]).unwrap();
    secret.recover(&ciphertext, &transformed, &manifest.attribute_context()).unwrap()
}

#[test]
fn a_stored_package_opens_for_its_requestor() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let (packages, sealed) = package(&parties, &chain);
    packages.store(&sealed).unwrap();

    let mut file = packages.sealed(&sealed.id, BLOCK, &parties.nodes[0]).unwrap().unwrap();
    let package = Package::read(&mut file).unwrap();
    assert_eq!((package.id(), package.block), (sealed.id, BLOCK));
    package.verify(parties.facts.network(), &parties.nodes[0].verifying_key(), &mut file).unwrap();
    let secret = recover(&parties, &package.manifest, &parties.requestor.attributes);
    let key = package.data_key(&secret, &parties.requestor.sealing).unwrap();
    for (name, bytes) in files() {
        assert_eq!(package.read_file(&name, &key, &mut file).unwrap().as_slice(), bytes);
    }
}

#[test]
fn another_users_secret_recovers_nothing() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let manifest = package(&parties, &chain).1.manifest;
    let registration =
        parties.requestor.attributes.registration(parties.requestor.id().as_bytes(), &mut OsRng).unwrap();
    let user = registration.verify().unwrap();
    let key = parties.authority.secret.issue(&user, &ATTRIBUTE.parse().unwrap(), 1).unwrap();
    let ciphertext = Ciphertext::from_bytes(&manifest.attribute_block).unwrap();
    let transformed = transform(&ciphertext, &user, &[key]).unwrap();
    let thief = UserSecret::generate(&mut OsRng);
    assert!(thief.recover(&ciphertext, &transformed, &manifest.attribute_context()).is_err());
    assert!(parties.requestor.attributes.recover(&ciphertext, &transformed, b"another package").is_err());
}

#[test]
fn the_manifest_carries_the_terms_of_the_data_set() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let manifest = package(&parties, &chain).1.manifest;
    let dataset = &parties.facts.genesis().datasets[0];
    assert_eq!((manifest.permitted_mask, manifest.exempt_mask), (dataset.permitted_mask, dataset.exempt_mask));
    assert_eq!(manifest.expires, Timestamp(T0 + dataset.lifetime_ms));
    assert_eq!(manifest.policy, dataset.policy);
    assert_eq!(manifest.contract_hash(), parties.facts.genesis().usage_contract);
    assert_eq!((manifest.owner, manifest.requestor), (parties.owner(0), parties.requestor.id()));
}

#[test]
fn a_policy_whose_attribute_has_no_key_yet_is_a_conflict() {
    let parties = Parties::new();
    let chain = parties.chain();
    parties.decide(&chain, vec![parties.identity()]);
    let packages = Packages::open(parties.home.path()).unwrap();
    let refusal = draft(&packages, &parties, &chain).map(|_| ()).unwrap_err();
    assert_eq!(refusal.code, Code::AttributeUnpublished);
    assert!(refusal.message.contains(ATTRIBUTE));
}

#[test]
fn contract_keys_differ_by_package_and_come_back_without_being_stored() {
    let (parties, root) = (Parties::new(), Secret32::generate(&mut OsRng));
    let key = |nonce| contract_key(&root, &parties.request(nonce).hash()).to_bytes();
    assert_eq!(key(1), key(1));
    assert_ne!(key(1), key(2));
    let other = Secret32::generate(&mut OsRng);
    assert_ne!(contract_key(&other, &parties.request(1).hash()).to_bytes(), key(1));
}

#[test]
fn a_package_is_sealed_for_the_block_that_was_decided_however_its_file_was_left() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let (packages, unsealed) = package(&parties, &chain);
    let key = &parties.nodes[0];
    packages.store(&unsealed).unwrap();
    let is_sealed = |block| packages.head(&unsealed.id).unwrap().unwrap().is_sealed(block, &key.verifying_key());
    let seal = |block| packages.sealed(&unsealed.id, block, key).unwrap().unwrap();
    let [form, decided] = [BLOCK, BlockId::from_bytes([9; 32])];
    assert!(!is_sealed(form) && !is_sealed(decided), "nothing is decided yet");
    // as builds of before left it, that sealed each form
    seal(form);
    assert!(is_sealed(form));
    seal(decided);
    assert!(is_sealed(decided) && !is_sealed(form));

    // the node fell while it wrote the seal
    let path = packages.path(&unsealed.id);
    let whole = std::fs::read(&path).unwrap();
    let mut torn = whole.clone();
    let manifest = medshare_ledger::codec::encode(&unsealed.manifest).len();
    torn[8 + 4 + manifest + 32 + 32 + 63] ^= 1;
    std::fs::write(&path, torn).unwrap();
    assert!(!is_sealed(decided));
    let mut handed_out = Vec::new();
    seal(decided).read_to_end(&mut handed_out).unwrap();
    assert!(handed_out == whole && std::fs::read(&path).unwrap() == whole);

    // what is sealed is read, and not written any more
    let before = std::time::SystemTime::UNIX_EPOCH;
    File::options().write(true).open(&path).unwrap().set_modified(before).unwrap();
    seal(decided);
    assert_eq!(path.metadata().unwrap().modified().unwrap(), before);

    // of another package's file nothing is sealed
    let other = draft(&packages, &parties, &chain).unwrap();
    packages.store(&other).unwrap();
    std::fs::copy(packages.path(&other.id), &path).unwrap();
    assert!(matches!(packages.sealed(&unsealed.id, decided, key), Err(PackageError::BadSeal)));
}

#[test]
fn of_a_package_that_the_disk_does_not_take_nothing_is_left() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let (packages, unsealed) = package(&parties, &chain);
    std::fs::create_dir_all(packages.path(&unsealed.id).join("in the way")).unwrap();
    assert_eq!(packages.store(&unsealed).unwrap_err().code, Code::NodeFault);
    let files = std::fs::read_dir(parties.home.path().join("packages")).unwrap();
    assert!(files.map(|file| file.unwrap().path()).all(|path| path.is_dir()), "its draft went");
}

#[test]
fn drafts_and_packages_go_when_they_are_removed() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let (packages, sealed) = package(&parties, &chain);
    assert!(packages.head(&sealed.id).unwrap().is_none());
    assert!(packages.sealed(&sealed.id, BLOCK, &parties.nodes[0]).unwrap().is_none());
    packages.store(&sealed).unwrap();
    let drafts = || std::fs::read_dir(parties.home.path().join("packages")).unwrap().count() - 1;
    assert_eq!(drafts(), 0);
    draft(&packages, &parties, &chain).unwrap();
    assert_eq!(drafts(), 1);
    Packages::open(parties.home.path()).unwrap();
    assert_eq!(drafts(), 0, "a draft of a node that fell goes when it starts again");

    std::fs::write(packages.path(&sealed.id), b"damaged").unwrap();
    assert!(matches!(packages.head(&sealed.id), Err(PackageError::Truncated { .. })));
    packages.remove(&sealed);
    packages.remove(&sealed);
    assert!(packages.head(&sealed.id).unwrap().is_none());
}

#[test]
fn a_request_that_is_processed_again_leaves_the_package_of_an_undecided_block_alone() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let (packages, first) = package(&parties, &chain);
    packages.store(&first).unwrap();
    let second = draft(&packages, &parties, &chain).unwrap();
    assert_eq!(first.manifest.request, second.manifest.request);
    packages.store(&second).unwrap();
    packages.remove(&second);
    assert!(packages.head(&first.id).unwrap().is_some());
    assert!(packages.head(&second.id).unwrap().is_none());
}

#[test]
fn packages_of_blocks_that_were_never_decided_go_once_they_no_longer_can_be() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let (packages, first) = package(&parties, &chain);
    packages.store(&first).unwrap();
    let second = draft(&packages, &parties, &chain).unwrap();
    packages.store(&second).unwrap();
    let damaged = PackageId::from_bytes([3; 32]);
    std::fs::write(packages.path(&damaged), b"damaged").unwrap();
    let notes = parties.home.path().join("packages").join("notes.txt");
    std::fs::write(&notes, b"an operator's").unwrap();
    let there = || [first.id, second.id, damaged].map(|id| packages.path(&id).exists());

    // the ledger takes the second of two forms of one request
    let request = parties.request(1);
    let mut block = parties.parent_block(&request, medshare_crypto::hash::Hash32::ZERO);
    block.details.package = second.id;
    let block = block.relink(block.header.previous, Timestamp(T0), parties.facts.network(), &parties.nodes[0]);
    parties.decide(&chain, vec![Entry::ParentBlock(Box::new(block))]);

    let (early, late) = (Timestamp(T0), Timestamp(u64::MAX));
    let remove = |from, until| {
        let mut blocks = Blocks::of(parties.node(0));
        blocks.read_on(&chain).unwrap();
        packages.remove_undecided(&blocks, from, until).unwrap()
    };
    assert_eq!(remove(Timestamp(0), early), Swept::default(), "they may still be decided");
    assert_eq!(remove(late, late), Swept::default(), "they were judged before");
    assert_eq!(there(), [true; 3]);
    assert_eq!(remove(Timestamp(0), late), Swept { removed: 2, left: 0 }, "also one that cannot be read");
    assert_eq!(there(), [false, true, false]);
    assert!(notes.exists());

    // one that is damaged goes by its name as well: it was decided
    let mut bytes = std::fs::read(packages.path(&second.id)).unwrap();
    let request = bytes.windows(32).position(|bytes| bytes == second.manifest.request.as_bytes()).unwrap();
    bytes[request] ^= 1;
    std::fs::write(packages.path(&second.id), bytes).unwrap();
    assert_eq!(remove(Timestamp(0), late), Swept::default());
    std::fs::write(packages.path(&second.id), b"damaged").unwrap();
    assert_eq!(remove(Timestamp(0), late), Swept::default());
    assert_eq!(there(), [false, true, false]);
}
