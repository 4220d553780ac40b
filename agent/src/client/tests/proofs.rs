//! Proofs, of which only those count that a quorum certified.

use super::*;
use crate::clock;
use crate::fake_ledger::BLOCK;
use medshare_contract_abi::codec::Encode as _;
use medshare_contract_abi::permissions::Status;
use medshare_ledger::codec;
use medshare_ledger::permission_proof::PermissionProof;
use medshare_ledger::state::StateKey;
use medshare_ledger::testing::permission;

/// A node that gives one proof, as so many validators certified it at this time.
fn proving(fixture: &Fixture, signers: usize, status: Status, at: Timestamp) -> FakeNode {
    let state = [(StateKey::Permission(BLOCK).to_bytes(), Some(permission(status).to_bytes()))].into();
    let (tree, anchor) = fixture.validators().certify(signers, at, &state);
    let proof = codec::encode(&PermissionProof::build(&tree, anchor, BLOCK).unwrap());
    FakeNode::start(move |_| Answer::bytes(proof.clone()))
}

#[test]
fn a_proof_that_no_quorum_certified_is_no_answer_and_the_next_node_is_asked() {
    let fixture = Fixture::new(Terms::high());
    let (liar, honest) =
        (proving(&fixture, 2, Status::Revoked, clock::now()), proving(&fixture, 3, Status::Opened, clock::now()));
    let ask = |nodes: &[&FakeNode]| {
        let client = NodeClient::new(nodes.iter().map(|node| node.url()).collect()).unwrap();
        client.proven_permission(&fixture.facts, BLOCK, Certified::Already)
    };
    assert_eq!(ask(&[&liar, &honest]).unwrap().word(), Some("opened"));
    assert!(matches!(ask(&[&liar]), Err(ClientError::Answer { .. })));
    let other = BlockId::from_bytes([1; 32]);
    let of_another = honest.client().proven_permission(&fixture.facts, other, Certified::Already);
    assert!(matches!(of_another, Err(ClientError::Answer { .. })));
    assert!(honest.asked().iter().all(|asked| asked.target.ends_with("/proof?wait_ms=0")));
}

#[test]
fn an_old_proof_is_told_from_one_of_now() {
    let fixture = Fixture::new(Terms::high());
    let drift = fixture.facts.parameters().max_clock_drift_ms;
    let ago = |ms: u64| Timestamp(clock::now().0 - ms);
    assert!(is_of_now(&fixture.facts, clock::now()) && is_of_now(&fixture.facts, ago(drift)));
    assert!(!is_of_now(&fixture.facts, ago(drift + 60_000)));
}

#[test]
fn who_gave_no_proof_is_told_from_who_proves_what_was_before() {
    let fixture = Fixture::new(Terms::high());
    let (liar, behind) =
        (proving(&fixture, 1, Status::Revoked, clock::now()), proving(&fixture, 4, Status::Opened, clock::now()));
    let client = NodeClient::new(vec![liar.url(), behind.url()]).unwrap();
    let ask = |one: &NodeClient| one.proven_permission(&fixture.facts, BLOCK, Certified::NextHeight);
    let unproven = client.first_proof(ask, |standing| standing.word().filter(|word| *word == "revoked")).unwrap_err();
    let named = |node: &FakeNode| vec![node.url().to_string()];
    assert_eq!((&unproven.unasked, &unproven.before), (&named(&liar), &named(&behind)));
    assert!(unproven.to_string().contains(&liar.url().to_string()), "{unproven}");
}
