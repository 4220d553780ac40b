#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::giving::{ASKED, Giving, honest, proof};
use super::*;
use crate::fake_ledger::BLOCK;
use crate::fake_node::{Answer, FakeNode};
use crate::fixture::{Fixture, Terms};
use std::fs::File;

const OTHER: BlockId = BlockId::from_bytes([1; 32]);

/// What is had of these nodes, in this order; what is in the file then; and how many were passed over.
fn fetched(fixture: &Fixture, given: &[Giving], is_looked_at: bool) -> (Result<Fetched, FetchError>, Vec<u8>, usize) {
    let nodes: Vec<FakeNode> = given.iter().map(Giving::start).collect();
    let node = NodeClient::new(nodes.iter().map(FakeNode::url).collect()).unwrap();
    let path = fixture.folder.path().join("fetched");
    let mut file = File::create(&path).unwrap();
    let proof = Proof::Key(&fixture.keys.signing);
    let facts = is_looked_at.then_some(&fixture.facts);
    let wanted = Wanted { facts, request: ASKED, owner: None, proof };
    let mut passed_over = 0;
    let outcome = wanted.fetch(&node, (&path, &mut file), |_| passed_over += 1);
    (outcome, std::fs::read(path).unwrap(), passed_over)
}

#[test]
fn what_is_no_package_of_the_request_is_not_kept_and_the_next_node_is_asked() {
    let fixture = Fixture::new(Terms::high());
    let (honest, id) = honest(&fixture);
    let package = &honest.package;
    let mut damaged = package.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let of_another = fixture.package_of(Hash32::from_bytes([8; 32]), Terms::high());
    let liars = [damaged, of_another].map(|package| Giving { package, proof: None });
    for liar in &liars {
        let (outcome, kept, passed_over) = fetched(&fixture, &[liar.clone(), honest.clone()], true);
        let bytes = package.len() as u64;
        let outcome = outcome.unwrap();
        let answer = outcome.answer.map(|answer| (answer.block, answer.package));
        assert_eq!((outcome.bytes, answer, passed_over), (bytes, Some((BLOCK, id)), 1));
        assert!(kept == *package);
        let (outcome, kept, _) = fetched(&fixture, std::slice::from_ref(liar), true);
        assert!(matches!(outcome, Err(FetchError::Other { .. } | FetchError::OtherRequest { .. })));
        assert!(kept.is_empty());
    }
    let (outcome, ..) = fetched(&fixture, &liars, true);
    assert!(matches!(outcome, Err(FetchError::Other { .. })), "the first one is told");
    // nobody can say what it is without the genesis
    let (outcome, kept, _) = fetched(&fixture, &liars, false);
    assert_eq!((outcome.unwrap().answer, kept == liars[0].package), (None, true));
}

#[test]
fn a_package_that_the_ledger_does_not_have_for_the_request_is_not_kept_and_the_next_node_is_asked() {
    let fixture = Fixture::new(Terms::high());
    let (honest, id) = honest(&fixture);
    // a validator's own: of a block that only it says has answered the request, and of the one that has
    let of_another = fixture.package_under(OTHER, ASKED, Terms::high());
    let its_own = fixture.package_of(ASKED, Terms::high());
    for package in [of_another, its_own] {
        let claimed = proof(&fixture, 1, Some((OTHER, id)));
        let liar = Giving { package, proof: Some(claimed) };
        let (outcome, kept, passed_over) = fetched(&fixture, &[liar.clone(), honest.clone()], true);
        assert_eq!((outcome.unwrap().answer.map(|answer| answer.block), passed_over), (Some(BLOCK), 1));
        assert!(kept == honest.package);
        let (outcome, kept, _) = fetched(&fixture, &[Giving { proof: honest.proof.clone(), ..liar }], true);
        assert!(matches!(outcome, Err(FetchError::OtherBlock { .. } | FetchError::OtherPackage { .. })));
        assert!(kept.is_empty());
    }
}

#[test]
fn a_package_that_no_node_proves_to_be_the_one_is_not_kept() {
    let fixture = Fixture::new(Terms::high());
    let (honest, id) = honest(&fixture);
    let unproven = [
        (None, (1, 0)),
        (Some(proof(&fixture, 2, Some((BLOCK, id)))), (1, 0)),
        (Some(proof(&fixture, 4, None)), (0, 1)),
    ];
    for (proof, told) in unproven {
        let (outcome, kept, _) = fetched(&fixture, &[Giving { proof, ..honest.clone() }], true);
        let Err(FetchError::Unproven(Unproven { unasked, before })) = outcome else { panic!("{outcome:?}") };
        assert_eq!((unasked.len(), before.len()), told);
        assert!(kept.is_empty());
    }
}

#[test]
fn a_node_that_is_behind_the_one_that_told_of_the_answer_is_asked_again() {
    let fixture = Fixture::new(Terms::high());
    let (honest, _) = honest(&fixture);
    let mut proofs = [proof(&fixture, 4, None), honest.proof.clone().unwrap()].into_iter();
    let package = honest.package.clone();
    let behind = FakeNode::start(move |asked| match asked.target.contains("/proof?") {
        true => Answer::bytes(proofs.next().unwrap()),
        false => Answer::bytes(package.clone()),
    });
    let path = fixture.folder.path().join("fetched");
    let proof = Proof::Key(&fixture.keys.signing);
    let wanted = Wanted { facts: Some(&fixture.facts), request: ASKED, owner: None, proof };
    let fetched = wanted.fetch(&behind.client(), (&path, &mut File::create(&path).unwrap()), |_| {}).unwrap();
    assert_eq!(fetched.answer.map(|answer| answer.block), Some(BLOCK));
    assert!(std::fs::read(path).unwrap() == honest.package);
}

#[test]
fn what_fails_on_this_machine_is_no_nodes_failure() {
    let fixture = Fixture::new(Terms::high());
    let (honest, _) = honest(&fixture);
    let nodes = [(); 2].map(|()| honest.start());
    let node = NodeClient::new(nodes.iter().map(FakeNode::url).collect()).unwrap();
    let path = fixture.folder.path().join("fetched");
    let proof = Proof::Key(&fixture.keys.signing);
    let wanted = Wanted { facts: Some(&fixture.facts), request: ASKED, owner: None, proof };
    let mut passed_over = 0;
    // one that cannot be written
    std::fs::write(&path, []).unwrap();
    let mut file = File::open(&path).unwrap();
    let outcome = wanted.fetch(&node, (&path, &mut file), |_| passed_over += 1);
    assert!(matches!(outcome, Err(FetchError::Node(ClientError::Store(_)))));
    // one that cannot be read where it lies
    let mut file = File::create(&path).unwrap();
    let elsewhere = fixture.folder.path().join("elsewhere");
    let outcome = wanted.fetch(&node, (&elsewhere, &mut file), |_| passed_over += 1);
    assert!(matches!(outcome, Err(FetchError::Unread(_))));
    assert_eq!((passed_over, nodes[1].asked().len()), (0, 0));
}
