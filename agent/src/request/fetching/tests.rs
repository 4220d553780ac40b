#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::fake_ledger::BLOCK;
use crate::fake_node::{Answer, FakeNode};
use crate::fixture::{Fixture, Terms};
use std::fs::File;

const ASKED: Hash32 = Hash32::from_bytes([9; 32]);

/// What is had of nodes that give these bytes for packages, in this order; what is in the file then; and how many were passed over.
fn fetched(fixture: &Fixture, given: &[Vec<u8>], is_looked_at: bool) -> (Result<Fetched, FetchError>, Vec<u8>, usize) {
    fetched_of(fixture, given, is_looked_at, None)
}

/// The same where nodes say that the request was answered with this block.
fn fetched_of(
    fixture: &Fixture,
    given: &[Vec<u8>],
    is_looked_at: bool,
    block: Option<&str>,
) -> (Result<Fetched, FetchError>, Vec<u8>, usize) {
    let give = |bytes: &Vec<u8>| {
        let bytes = bytes.clone();
        FakeNode::start(move |_| Answer::bytes(bytes.clone()))
    };
    let nodes: Vec<FakeNode> = given.iter().map(give).collect();
    let node = NodeClient::new(nodes.iter().map(FakeNode::url).collect()).unwrap();
    let path = fixture.folder.path().join("fetched");
    let mut file = File::create(&path).unwrap();
    let proof = Proof::Key(&fixture.keys.signing);
    let facts = is_looked_at.then_some(&fixture.facts);
    let wanted = Wanted { facts, request: ASKED, owner: None, proof, block };
    let mut passed_over = 0;
    let outcome = wanted.fetch(&node, (&path, &mut file), |_| passed_over += 1);
    (outcome, std::fs::read(path).unwrap(), passed_over)
}

#[test]
fn what_is_no_package_of_the_request_is_not_kept_and_the_next_node_is_asked() {
    let fixture = Fixture::new(Terms::high());
    let package = std::fs::read(&fixture.package).unwrap();
    let mut damaged = package.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let of_another = fixture.package_of(Hash32::from_bytes([8; 32]), Terms::high());
    let liars = [damaged, of_another];
    for liar in &liars {
        let (outcome, kept, passed_over) = fetched(&fixture, &[liar.clone(), package.clone()], true);
        let bytes = package.len() as u64;
        assert_eq!((outcome.unwrap(), passed_over), (Fetched { bytes, block: Some(BLOCK) }, 1));
        assert!(kept == package);
        let (outcome, kept, _) = fetched(&fixture, std::slice::from_ref(liar), true);
        assert!(matches!(outcome, Err(FetchError::Other { .. } | FetchError::OtherRequest { .. })));
        assert!(kept.is_empty());
    }
    let (outcome, ..) = fetched(&fixture, &liars, true);
    assert!(matches!(outcome, Err(FetchError::Other { .. })), "the first one is told");
    // nobody can say what it is without the genesis
    let (outcome, kept, _) = fetched(&fixture, &liars, false);
    assert_eq!((outcome.unwrap().block, kept == liars[0]), (None, true));
}

#[test]
fn a_package_of_another_block_is_not_kept_and_the_next_node_is_asked() {
    let fixture = Fixture::new(Terms::high());
    let package = std::fs::read(&fixture.package).unwrap();
    let of_another = fixture.package_under(BlockId::from_bytes([1; 32]), ASKED, Terms::high());
    let told = BLOCK.to_string();
    let given = [of_another.clone(), package.clone()];
    let (outcome, kept, passed_over) = fetched_of(&fixture, &given, true, Some(&told));
    assert_eq!((outcome.unwrap().block, passed_over), (Some(BLOCK), 1));
    assert!(kept == package);
    let (outcome, kept, _) = fetched_of(&fixture, &given[..1], true, Some(&told));
    assert!(matches!(outcome, Err(FetchError::OtherBlock { .. })));
    assert!(kept.is_empty());
    // where no node says which block it is, nothing says that it is another one
    let (outcome, ..) = fetched_of(&fixture, &given[..1], true, None);
    assert_eq!(outcome.unwrap().block, Some(BlockId::from_bytes([1; 32])));
}

#[test]
fn what_fails_on_this_machine_is_no_nodes_failure() {
    let fixture = Fixture::new(Terms::high());
    let package = std::fs::read(&fixture.package).unwrap();
    let nodes = [(); 2].map(|()| {
        let package = package.clone();
        FakeNode::start(move |_| Answer::bytes(package.clone()))
    });
    let node = NodeClient::new(nodes.iter().map(FakeNode::url).collect()).unwrap();
    let path = fixture.folder.path().join("fetched");
    let proof = Proof::Key(&fixture.keys.signing);
    let wanted = Wanted { facts: Some(&fixture.facts), request: ASKED, owner: None, proof, block: None };
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

#[test]
fn a_node_that_tells_of_another_block_is_believed_where_no_other_tells_of_this_one() {
    let other = BlockId::from_bytes([1; 32]);
    let telling = |block: BlockId| {
        let status = serde_json::json!({
            "request": "r", "state": "delivered", "stages": [], "error": null, "block": block.to_string(), "height": 7,
            "package": null,
        });
        FakeNode::start(move |_| Answer::json(&status))
    };
    let (liar, honest) = (telling(other), telling(BLOCK));
    let wanted = Wanted { facts: None, request: ASKED, owner: None, proof: Proof::Request(&[]), block: None };
    let both = NodeClient::new(vec![liar.url(), honest.url()]).unwrap();
    assert!(wanted.is_told_of(&both, BLOCK));
    assert!(!wanted.is_told_of(&liar.client(), BLOCK));
}
