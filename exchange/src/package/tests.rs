#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use super::*;
use crate::manifest::MAX_FILES;
use crate::opening::OpenRequest;
use medshare_crypto::derive::derive_data_key;
use medshare_crypto::hash::sha256;
use medshare_crypto::seal::{Encapsulation, SealingPublicKey, encapsulate};
use medshare_crypto::secret::Secret32;
use medshare_crypto::sign::SigningKey;
use medshare_crypto::stream::sealed_len;
use medshare_ledger::facts::RecordType;
use medshare_ledger::id::{LeaseId, NodeId, OwnerId, RequestorId, Timestamp};
use medshare_ledger::purpose::{ActReason, Purpose};
use medshare_ledger::side_block::Lease;
use rand::rngs::OsRng;
use std::io::Cursor;
use std::sync::OnceLock;

mod changed;

const NETWORK: NetworkId = NetworkId::from_bytes([1; 32]);
const BLOCK: BlockId = BlockId::from_bytes([2; 32]);

/// A package of two small files and one that goes over segments, with all that opens it.
struct Made {
    bytes: Vec<u8>,
    files: Vec<(&'static str, Vec<u8>)>,
    attribute_secret: AttributeSecret,
    requestor: SealingSecretKey,
    node: SigningKey,
}

fn files() -> Vec<(&'static str, Vec<u8>)> {
    let long = (0..u32::try_from(SEGMENT_LEN).unwrap()).flat_map(|n| n.to_be_bytes()).take(SEGMENT_LEN * 2 + 100);
    vec![
        ("a.csv", b"x,y\n1,2\n".to_vec()),
        ("long.csv", long.collect()),
        ("empty.csv", Vec::new()),
        ("z.csv", vec![7; 50]),
    ]
}

fn manifest(files: &[(&str, Vec<u8>)]) -> Manifest {
    let mut offset = 0;
    let mut entries = Vec::new();
    for (name, bytes) in files {
        entries.push(FileEntry { name: (*name).to_owned(), offset, length: bytes.len() as u64 });
        offset += bytes.len() as u64;
    }
    Manifest {
        network: NETWORK,
        owner: OwnerId::from_bytes([3; 16]),
        requestor: RequestorId::from_bytes([4; 16]),
        dataset: "cohort".parse().unwrap(),
        record_type: RecordType::Table,
        purpose: Purpose { reason: ActReason::HealthcareResearch, research: None, accepts: Vec::new() },
        request: sha256(b"request"),
        sensitivity: 1,
        permitted_mask: 1,
        exempt_mask: 0,
        expires: Timestamp(0),
        node: NodeId::from_bytes([5; 16]),
        created: Timestamp(6),
        contract: vec![0; 40],
        contract_key: SealingPublicKey::from_bytes([7; SealingPublicKey::LEN]),
        policy: "A@B".to_owned(),
        attribute_block: vec![8; 60],
        requestor_block: Encapsulation::from_bytes([0; Encapsulation::LEN]),
        key_commitment: [0; 32],
        payload_length: sealed_len(offset),
        files: entries,
    }
}

fn written(manifest: Manifest, key: &DataKey, plaintext: &[u8], node: &SigningKey) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let unsealed = write_package(manifest, key, plaintext, &mut file, &mut OsRng).unwrap();
    unsealed.seal(BlockId::from_bytes([0xee; 32]), node, &mut file).unwrap();
    unsealed.seal(BLOCK, node, &mut file).unwrap();
    file.into_inner()
}

fn make(files: Vec<(&'static str, Vec<u8>)>) -> Made {
    let requestor = SealingSecretKey::generate(&mut OsRng);
    let node = SigningKey::generate(&mut OsRng);
    let mut manifest = manifest(&files);
    let attribute_secret = AttributeSecret::from_secret(Secret32::generate(&mut OsRng));
    let context = requestor_context(&manifest.request);
    let (encapsulation, hpke) = encapsulate(&requestor.public_key(), &context, &mut OsRng).unwrap();
    manifest.requestor_block = encapsulation;
    let (key, commitment) = derive_data_key(&attribute_secret, Some(&hpke), &manifest.key_context());
    manifest.key_commitment = commitment.to_bytes();
    let plaintext: Vec<u8> = files.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
    let bytes = written(manifest, &key, &plaintext, &node);
    Made { bytes, files, attribute_secret, requestor, node }
}

fn small() -> &'static Made {
    static SMALL: OnceLock<Made> = OnceLock::new();
    SMALL.get_or_init(|| make(vec![("a.csv", b"x,y\n1,2\n".to_vec()), ("b.csv", b"z\n".to_vec())]))
}

/// The bytes of a package with this manifest, sealed as its node would.
fn with_manifest(change: impl FnOnce(&mut Manifest)) -> Vec<u8> {
    let mut manifest = manifest(&[("a.csv", vec![1; 10]), ("b.csv", vec![2; 20])]);
    change(&mut manifest);
    written(manifest, &DataKey::from_bytes([3; 32].into()), &[4; 30], &small().node)
}

fn read(bytes: &[u8]) -> Result<Package, PackageError> {
    Package::read(&mut Cursor::new(bytes))
}

#[test]
fn every_file_of_a_package_comes_back_by_itself() {
    let made = make(files());
    let mut file = Cursor::new(&made.bytes);
    let package = Package::read(&mut file).unwrap();
    assert_eq!(package.block, BLOCK);
    package.verify(NETWORK, &made.node.verifying_key(), &mut file).unwrap();
    let key = package.data_key(&made.attribute_secret, &made.requestor).unwrap();
    for (name, bytes) in made.files.iter().rev() {
        assert_eq!(package.read_file(name, &key, &mut file).unwrap().as_slice(), bytes.as_slice(), "{name}");
    }
    assert!(matches!(package.read_file("other.csv", &key, &mut file), Err(PackageError::NoSuchFile)));
}

#[test]
fn a_package_without_any_byte_of_data_is_read() {
    let made = make(vec![("empty.csv", Vec::new())]);
    let mut file = Cursor::new(&made.bytes);
    let package = Package::read(&mut file).unwrap();
    let key = package.data_key(&made.attribute_secret, &made.requestor).unwrap();
    assert!(package.read_file("empty.csv", &key, &mut file).unwrap().is_empty());
}

#[test]
fn both_secrets_are_needed() {
    let made = small();
    let package = read(&made.bytes).unwrap();
    let other_secret = AttributeSecret::from_secret(Secret32::generate(&mut OsRng));
    let other_key = SealingSecretKey::generate(&mut OsRng);
    assert!(matches!(package.data_key(&other_secret, &made.requestor), Err(PackageError::WrongKey)));
    assert!(matches!(package.data_key(&made.attribute_secret, &other_key), Err(PackageError::WrongKey)));
    assert!(package.data_key(&made.attribute_secret, &made.requestor).is_ok());
}

#[test]
fn another_network_node_or_block_is_refused() {
    let made = small();
    let mut file = Cursor::new(&made.bytes);
    let mut package = Package::read(&mut file).unwrap();
    let key = made.node.verifying_key();
    let other = NetworkId::from_bytes([9; 32]);
    assert!(matches!(package.verify(other, &key, &mut file), Err(PackageError::OtherNetwork { .. })));
    let other = SigningKey::generate(&mut OsRng).verifying_key();
    assert!(matches!(package.verify(NETWORK, &other, &mut file), Err(PackageError::BadSeal)));
    package.block = BlockId::from_bytes([9; 32]);
    assert!(matches!(package.verify(NETWORK, &key, &mut file), Err(PackageError::BadSeal)));
}

#[test]
fn manifests_that_contradict_themselves_are_refused() {
    fn name(name: &str) -> impl Fn(&mut Manifest) {
        move |m| name.clone_into(&mut m.files.first_mut().unwrap().name)
    }
    type Change = Box<dyn Fn(&mut Manifest)>;
    let changes: Vec<(&str, Change)> = vec![
        ("gap", Box::new(|m| m.files.last_mut().unwrap().offset += 1)),
        ("overlap", Box::new(|m| m.files.last_mut().unwrap().offset -= 1)),
        ("order", Box::new(|m| m.files.reverse())),
        ("overflow", Box::new(|m| m.files.last_mut().unwrap().length = u64::MAX)),
        ("length", Box::new(|m| m.payload_length += 1)),
        ("files", Box::new(|m| m.files.clear())),
        ("sensitivity", Box::new(|m| m.sensitivity = 77)),
        ("permitted", Box::new(|m| m.permitted_mask = 0xff)),
        ("exempt", Box::new(|m| m.exempt_mask = 0x80)),
        ("no name", Box::new(name(""))),
        ("absolute", Box::new(name("/etc/passwd"))),
        ("parent", Box::new(name(".."))),
        ("hidden", Box::new(name(".profile"))),
        ("folder", Box::new(name("a/b.csv"))),
        ("drive", Box::new(name("c:\\b.csv"))),
        ("escape", Box::new(name("a\u{1b}[2J.csv"))),
        ("direction", Box::new(name("a\u{202e}vsc.b"))),
        ("line", Box::new(name("a\nhint: b"))),
        ("zero", Box::new(name("a\0.csv"))),
        ("twice", Box::new(name("b.csv"))),
        (
            "many",
            Box::new(|m| {
                let last = m.files.last().unwrap().clone();
                let end = last.offset + last.length;
                m.files.extend((0..MAX_FILES).map(|n| FileEntry { name: format!("{n}"), offset: end, length: 0 }));
            }),
        ),
    ];
    read(&with_manifest(|_| ())).unwrap();
    for (case, change) in changes {
        assert!(matches!(read(&with_manifest(change)), Err(PackageError::InvalidManifest { .. })), "{case}");
    }
}

#[test]
fn an_opening_request_names_the_package_that_its_parts_give() {
    let made = small();
    let package = read(&made.bytes).unwrap();
    let request = OpenRequest {
        lease: Lease {
            id: LeaseId::from_bytes([1; 16]),
            parent: BLOCK,
            node: NodeId::from_bytes([4; 16]),
            agent: made.node.verifying_key(),
            created: Timestamp(1),
            expires: Timestamp(2),
            previous: None,
        },
        requestor_signature: Signature::from_bytes([0; 64]),
        payload_digest: package.payload_digest,
        manifest: codec::encode(&package.manifest),
    };
    assert_eq!(request.package(), package.id());
    let other = OpenRequest { payload_digest: sha256(b"other"), ..request.clone() };
    assert_ne!(other.package(), package.id());
    assert_eq!(codec::decode::<OpenRequest>(&request.encode()).unwrap(), request);
}
