//! What is proven to whoever has the genesis.

use super::story::{LEASE, Story};
use super::{Code, LeaseId, NOTHING};
use crate::audit::proofs::{self, Proven};
use medshare_contract_abi::permissions::Status;
use medshare_crypto::hash::Hash32;
use medshare_ledger::entry_chain::EntryChain;
use medshare_ledger::id::RequestorId;
use medshare_ledger::opening_proof::Opening;
use medshare_node_chain::testing::{ATTRIBUTE, Parties, T0};

#[test]
fn an_opening_is_proven_to_whoever_has_the_genesis() {
    let story = Story::opened();
    let (chain, facts) = (&story.chain, &story.parties.facts);
    let parent = story.parent.id;
    let asked = Opening { parent, lease: LEASE, requestor: story.parties.requestor.id() };
    let standing = || {
        let Proven { proof, is_current } = proofs::opening(chain, parent, LEASE).unwrap();
        (proof.verify(facts, asked).unwrap(), is_current)
    };
    let (before, is_current) = standing();
    assert!(before.lease.is_none() && !is_current, "the next height certifies what was decided last");
    story.parties.decide(chain, vec![]);
    let (opened, is_current) = standing();
    assert!(is_current && opened.lease.is_some() && !opened.is_over() && !opened.is_retrieved());
    assert_eq!(opened.reports(), 0);
    story.copied();
    story.parties.decide(chain, vec![]);
    let (copied, is_current) = standing();
    assert!(is_current && copied.is_over() && !copied.is_retrieved());
    assert_eq!(copied.reports(), 1);
    let nobody = proofs::opening(chain, parent, LeaseId::from_bytes([6; 16])).unwrap();
    let nobody = nobody.proof.verify(facts, Opening { lease: LeaseId::from_bytes([6; 16]), ..asked }).unwrap();
    assert!(nobody.lease.is_none() && !nobody.is_over(), "that it is not there is proven, too");
    assert_eq!(proofs::opening(chain, NOTHING, LEASE).map(drop).unwrap_err().code, Code::NotFound);
}

#[test]
fn where_access_stands_and_what_its_owner_decided_is_proven_to_whoever_has_the_genesis() {
    let story = Story::delivered();
    let (chain, facts, parent) = (&story.chain, &story.parties.facts, story.parent.id);
    let standing = || {
        let Proven { proof, is_current } = proofs::permission(chain, parent).unwrap();
        (proof.verify(facts, parent).unwrap(), is_current)
    };
    let (before, is_current) = standing();
    assert!(before.permission.is_none() && !is_current, "the next height certifies what was decided last");
    story.parties.decide(chain, vec![]);
    let (granted, is_current) = standing();
    assert_eq!((granted.word(), granted.decisions, is_current), (Some("granted"), EntryChain::default(), true));
    assert_eq!(granted.last_violation(), None);
    let story = Story::opened();
    let (chain, facts, parent) = (&story.chain, &story.parties.facts, story.parent.id);
    let violation = story.copied();
    let upheld = story.upheld(0);
    story.parties.decide(chain, vec![]);
    let shown = proofs::permission(chain, parent).unwrap().proof.verify(facts, parent).unwrap();
    assert_eq!(shown.permission.unwrap().status, Status::Upheld);
    assert_eq!(shown.decisions, EntryChain::default().extended(&upheld), "by its entry a decision is known");
    assert_eq!(shown.last_violation(), Some(violation.header.hash()));
    assert!(proofs::permission(chain, parent).unwrap().proof.verify(facts, NOTHING).is_err(), "it is of this package");
    assert_eq!(proofs::permission(chain, NOTHING).map(drop).unwrap_err().code, Code::NotFound);
}

#[test]
fn which_package_answered_a_request_is_proven_to_whoever_has_the_genesis() {
    let story = Story::delivered();
    let (chain, parties) = (&story.chain, &story.parties);
    let [answered, open] = [1, 2].map(|number| parties.request(number).hash());
    let standing = |name: Hash32| {
        let Proven { proof, is_current } = proofs::request(chain, name).unwrap();
        (proof.verify(&parties.facts, name).unwrap(), is_current)
    };
    let (before, is_current) = standing(answered);
    assert!(before.request.is_some() && before.answer.is_none() && !is_current);
    parties.decide(chain, vec![]);
    let (now, is_current) = standing(answered);
    let answer = now.answer.unwrap();
    let expected = (story.parent.id, story.parent.details.package);
    assert_eq!(((answer.block, answer.package), is_current), (expected, true));
    let (waits, is_current) = standing(open);
    assert!(waits.request.is_some() && waits.answer.is_none() && is_current);
    let proof = proofs::request(chain, open).unwrap().proof;
    assert!(proof.verify(&parties.facts, answered).is_err(), "it is of this request");
    assert_eq!(proofs::request(chain, Hash32::ZERO).map(drop).unwrap_err().code, Code::NotFound);
}

#[test]
fn who_a_requestor_is_and_what_she_holds_is_proven_to_whoever_has_the_genesis() {
    let parties = Parties::new();
    let chain = parties.chain();
    let (facts, requestor) = (&parties.facts, parties.requestor.id());
    let who = || {
        let Proven { proof, is_current } = proofs::identity(&chain, requestor).unwrap();
        (proof.verify(facts, requestor).unwrap(), is_current)
    };
    let held = || {
        let Proven { proof, is_current } = proofs::grant(&chain, requestor, ATTRIBUTE).unwrap();
        (proof.verify(facts, requestor, ATTRIBUTE).unwrap(), is_current)
    };
    assert_eq!(proofs::identity(&chain, requestor).map(drop).unwrap_err().code, Code::TooEarly);
    parties.decide(&chain, vec![parties.identity(), parties.attribute_keys(&[ATTRIBUTE])]);
    assert!(who().0.identity.is_none() && !who().1, "the next height certifies what was decided last");
    assert!(held().0.key.is_none() && !held().1);
    let grant = parties.grant(T0, Hash32::ZERO);
    parties.decide(&chain, vec![grant.clone()]);
    let (registered, is_current) = who();
    assert_eq!(RequestorId::of_key(&registered.identity.unwrap().identity.key), requestor);
    assert!(registered.access.attributes.is_empty() && !is_current);
    parties.decide(&chain, vec![]);
    let (holds, is_current) = who();
    assert_eq!(
        (holds.access.attributes, holds.access.revocations, is_current),
        (vec![ATTRIBUTE.to_owned()], EntryChain::default(), true)
    );
    let (granted, is_current) = held();
    assert_eq!((granted.grant.unwrap().entry, granted.key.unwrap().version, is_current), (grant.hash(), 1, true));
    // of nobody, that there is none; and each proof is of whom it was asked for
    let nobody = RequestorId::from_bytes([9; 16]);
    let proof = proofs::identity(&chain, nobody).unwrap().proof;
    assert!(proof.verify(facts, nobody).unwrap().identity.is_none());
    assert!(proof.verify(facts, requestor).is_err());
    let proof = proofs::grant(&chain, requestor, "OTHER@university").unwrap().proof;
    assert!(proof.verify(facts, requestor, "OTHER@university").unwrap().grant.is_none());
    assert!(proof.verify(facts, requestor, ATTRIBUTE).is_err());
}
