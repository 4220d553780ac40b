#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::*;
use medshare_crypto::abe::{AuthorityPublic, AuthoritySecret, PublicKeys, encrypt};
use medshare_crypto::hash::sha256;
use medshare_crypto::seal::{Encapsulation, SealingPublicKey};
use medshare_ledger::facts::RecordType;
use medshare_ledger::id::{NetworkId, NodeId, OwnerId, RequestorId};
use medshare_ledger::purpose::{ActReason, Purpose, UseTerms};
use rand::rngs::OsRng;

const READ: u8 = 0b0000_0001;
const WRITE: u8 = 0b0000_0010;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

fn dataset() -> DataSet {
    DataSet {
        id: "cohort".parse().unwrap(),
        owner: OwnerId::from_bytes([3; 16]),
        record_type: RecordType::Table,
        rules_version: 1,
        policy: "RESEARCHER@north and (APPROVED@north)".to_owned(),
        terms: UseTerms { reasons: vec![ActReason::HealthcareResearch], research: None, requires: Vec::new() },
        k: 5,
        permitted_mask: READ | WRITE,
        exempt_mask: READ,
        lifetime_ms: DAY_MS,
    }
}

/// A key block under this policy.
fn key_block(policy: &str) -> Vec<u8> {
    let policy: Policy = policy.parse().unwrap();
    let authority = AuthoritySecret::generate("north".parse().unwrap(), &mut OsRng);
    let mut public = PublicKeys::new();
    public.add_authority(&AuthorityPublic::from_bytes(&authority.public().to_bytes()).unwrap());
    for attribute in policy.attributes() {
        public.add_attribute(&authority.attribute_public(&attribute, 1).unwrap()).unwrap();
    }
    encrypt(&policy, &public, b"context", &mut OsRng).unwrap().0.to_bytes()
}

fn manifest() -> Manifest {
    let policy: Policy = dataset().policy.parse().unwrap();
    Manifest {
        network: NetworkId::from_bytes([1; 32]),
        owner: dataset().owner,
        requestor: RequestorId::from_bytes([4; 16]),
        dataset: dataset().id,
        record_type: RecordType::Table,
        purpose: Purpose { reason: ActReason::HealthcareResearch, research: None, accepts: Vec::new() },
        request: sha256(b"request"),
        sensitivity: 1,
        permitted_mask: READ | WRITE,
        exempt_mask: READ,
        expires: Timestamp(6 + DAY_MS),
        node: NodeId::from_bytes([5; 16]),
        created: Timestamp(6),
        contract: vec![0; 40],
        contract_key: SealingPublicKey::from_bytes([7; SealingPublicKey::LEN]),
        policy: policy.to_string(),
        attribute_block: key_block(&dataset().policy),
        requestor_block: Encapsulation::from_bytes([0; Encapsulation::LEN]),
        key_commitment: [0; 32],
        payload_length: 0,
        files: Vec::new(),
    }
}

#[test]
fn a_package_may_keep_its_data_sets_terms_to_the_letter_or_be_stricter() {
    let mut manifest = manifest();
    assert_eq!(manifest.check_terms(&dataset()), Ok(()));
    (manifest.permitted_mask, manifest.exempt_mask, manifest.expires) = (READ, 0, Timestamp(7));
    assert_eq!(manifest.check_terms(&dataset()), Ok(()));
    manifest.expires = Timestamp(0);
    assert_eq!(manifest.check_terms(&DataSet { lifetime_ms: 0, ..dataset() }), Ok(()));
}

#[test]
fn a_package_that_is_laxer_than_its_data_set_is_named_for_what_it_breaks() {
    type Change = fn(&mut Manifest);
    let cases: [(Change, TermsBroken); 11] = [
        (|m| m.owner = OwnerId::from_bytes([9; 16]), TermsBroken::DataSet),
        (|m| m.dataset = "another".parse().unwrap(), TermsBroken::DataSet),
        (|m| m.record_type = RecordType::FhirR4, TermsBroken::RecordType),
        (|m| m.policy = "RESEARCHER@north".to_owned(), TermsBroken::Policy),
        (|m| m.policy = "no policy (".to_owned(), TermsBroken::Policy),
        (|m| m.attribute_block = key_block("RESEARCHER@north"), TermsBroken::KeyBlock),
        (|m| m.attribute_block = vec![8; 60], TermsBroken::KeyBlock),
        (|m| m.permitted_mask |= 0b0000_0100, TermsBroken::Permits),
        (|m| m.exempt_mask |= WRITE, TermsBroken::Exempts),
        (|m| m.expires = Timestamp(0), TermsBroken::Lifetime),
        (|m| m.expires = Timestamp(7 + DAY_MS), TermsBroken::Lifetime),
    ];
    for (change, broken) in cases {
        let mut manifest = manifest();
        change(&mut manifest);
        assert_eq!(manifest.check_terms(&dataset()), Err(broken));
    }
    let mut manifest = manifest();
    manifest.purpose.reason = ActReason::PublicHealth;
    assert!(matches!(manifest.check_terms(&dataset()), Err(TermsBroken::Purpose(_))));
}
