//! Nodes that give packages, and proofs of what answered their request.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::fake_ledger::BLOCK;
use crate::fake_node::{Answer, FakeNode};
use crate::fixture::Fixture;
use medshare_ledger::codec;
use medshare_ledger::id::PackageId;
use medshare_ledger::request_proof::RequestProof;
use medshare_ledger::testing::request;

pub(super) const ASKED: Hash32 = Hash32::from_bytes([9; 32]);

/// What a node gives for the package of the request, and for the proof of its answer.
#[derive(Clone)]
pub(super) struct Giving {
    pub(super) package: Vec<u8>,
    pub(super) proof: Option<Vec<u8>>,
}

impl Giving {
    pub(super) fn start(&self) -> FakeNode {
        let Self { package, proof } = self.clone();
        FakeNode::start(move |asked| match asked.target.contains("/proof?") {
            false => Answer::bytes(package.clone()),
            true => proof.clone().map_or_else(|| Answer::error(404, "not-found"), Answer::bytes),
        })
    }
}

/// The proof of this answer that so many validators certify.
pub(super) fn proof(fixture: &Fixture, signers: usize, answer: Option<(BlockId, PackageId)>) -> Vec<u8> {
    let state = request(ASKED, &fixture.facts.genesis().datasets[0], answer);
    let (tree, anchor) = fixture.validators().certify(signers, crate::clock::now(), &state);
    let proof = RequestProof::build(&tree, anchor, ASKED, answer.map(|(block, _)| block));
    codec::encode(&proof.unwrap())
}

/// The package that answered, with its id, and a node that gives it and proves that.
pub(super) fn honest(fixture: &Fixture) -> (Giving, PackageId) {
    let id = PackageFile::verify(&fixture.package, &fixture.facts).unwrap().id();
    let package = std::fs::read(&fixture.package).unwrap();
    (Giving { package, proof: Some(proof(fixture, 4, Some((BLOCK, id)))) }, id)
}
