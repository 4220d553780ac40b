//! What a genesis may not say, and certificates of its validators.

use crate::network::{Node, Parties, T0};
use medshare_crypto::seal::SealingPublicKey;
use medshare_crypto::sign::Signature;
use medshare_ledger::certificate::{CertificateError, CommitCertificate};
use medshare_ledger::facts::{FactsError, GenesisFacts};
use medshare_ledger::id::{NodeId, OwnerId};
use medshare_ledger::state::{StateKey, genesis_state};

fn broken(spoil: impl FnOnce(&mut GenesisFacts)) -> String {
    let mut genesis = Parties::new().facts.genesis().clone();
    spoil(&mut genesis);
    genesis.validate().unwrap_err().to_string()
}

#[test]
fn genesis_that_breaks_a_rule_is_refused_with_the_rule() {
    let rows: [(&str, String); 17] = [
        ("expected 4 to 30 validators, found 3", broken(|g| g.validators.truncate(3))),
        ("of a validator does not follow from its key", broken(|g| g.validators[0].id = NodeId::from_bytes([0; 16]))),
        ("is listed twice", broken(|g| g.validators.push(g.validators[0].clone()))),
        (
            "at least two organisations",
            broken(|g| {
                let name = g.validators[0].organisation.clone();
                g.validators.iter_mut().for_each(|validator| validator.organisation = name.clone());
            }),
        ),
        (
            "is not usable",
            broken(|g| g.validators[0].sealing_key = SealingPublicKey::from_bytes([0xff; SealingPublicKey::LEN])),
        ),
        ("of an owner does not follow from its key", broken(|g| g.owners[0].id = OwnerId::from_bytes([0; 16]))),
        ("is not among the validators", broken(|g| g.owners[0].node = NodeId::from_bytes([0; 16]))),
        ("is listed twice", broken(|g| g.datasets.push(g.datasets[0].clone()))),
        ("of data set cohort is not listed", broken(|g| g.datasets[0].owner = OwnerId::from_bytes([0; 16]))),
        ("only permitted actions can be exempt", broken(|g| g.datasets[0].exempt_mask = 0b10_0000)),
        ("must name the six actions only", broken(|g| g.datasets[0].permitted_mask = 0xff)),
        ("the policy is not an attribute policy", broken(|g| g.datasets[0].policy = "AND AND".to_owned())),
        ("names the authority NOBODY", broken(|g| g.datasets[0].policy.push_str(" OR X@NOBODY"))),
        ("must be ascending", broken(|g| g.datasets[0].terms.reasons.reverse())),
        ("target_bits is 99; expected 0 to 24", broken(|g| g.parameters.target_bits = 99)),
        ("max_clock_drift_ms is 300001", broken(|g| g.parameters.max_clock_drift_ms = 300_001)),
        ("not valid or another authority's", broken(|g| g.authorities[1].name = "other".parse().unwrap())),
    ];
    for (expected, found) in rows {
        assert!(found.contains(expected), "expected \"{expected}\", found \"{found}\"");
    }
}

#[test]
fn every_fact_is_in_the_state_of_height_zero() {
    let p = Parties::new();
    let state = genesis_state(p.facts.genesis());
    let dataset = &p.facts.genesis().datasets[0];
    for key in [
        StateKey::Validators,
        StateKey::Parameters,
        StateKey::ContractHashes,
        StateKey::Owner(p.owner(1)),
        StateKey::Authority("university".parse().unwrap()),
        StateKey::DataSet(dataset.owner, dataset.id.clone()),
    ] {
        assert!(state.contains_key(&key.to_bytes()), "{}", key.what());
    }
    assert_eq!(state.len(), 8);
}

#[test]
fn another_fact_is_another_network() {
    let mut genesis = Parties::new().facts.genesis().clone();
    let before = genesis.network_id();
    genesis.datasets[0].k += 1;
    assert_ne!(genesis.network_id(), before);
}

/// Checks a certificate of height 1 that was spoiled.
fn certificate(spoil: impl FnOnce(&mut CommitCertificate)) -> Result<(), CertificateError> {
    let mut node = Node::new(Parties::new());
    node.decide(Vec::new(), T0);
    let (_, mut certificate) = node.decided.pop().unwrap();
    spoil(&mut certificate);
    certificate.verify(node.parties.network(), node.parties.facts.validators())
}

#[test]
fn certificate_needs_a_quorum_of_distinct_validators_who_all_signed() {
    assert_eq!(certificate(|_| {}), Ok(()));
    assert_eq!(certificate(|c| c.signatures.truncate(3)), Ok(()));
    let too_few = certificate(|c| c.signatures.truncate(2));
    assert!(matches!(too_few, Err(CertificateError::NoQuorum { actual: 2, expected: 3, .. })));
    let twice = certificate(|c| c.signatures[1] = c.signatures[0]);
    assert!(matches!(twice, Err(CertificateError::UnorderedSigners { .. })));
    let forged = certificate(|c| c.signatures[3].1 = Signature::from_bytes([0; 64]));
    assert!(matches!(forged, Err(CertificateError::BadSignature { .. })));
    let stranger = certificate(|c| c.signatures[0].0 = NodeId::from_bytes([0; 16]));
    assert!(matches!(stranger, Err(CertificateError::UnknownSigner { .. })));
    let other_round = certificate(|c| c.round = 1);
    assert!(matches!(other_round, Err(CertificateError::BadSignature { .. })));
}

#[test]
fn facts_error_names_the_count() {
    let mut genesis = Parties::new().facts.genesis().clone();
    genesis.owners.clear();
    let expected = FactsError::Count { what: "owners", min: 1, max: 1_000, actual: 0 };
    assert_eq!(genesis.validate(), Err(expected));
}
