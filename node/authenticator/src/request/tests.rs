#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use medshare_crypto::hash::sha256;
use medshare_exchange::request::DataRequest;
use medshare_genesis::keys::RequestorKeys;
use medshare_ledger::entry::{Entry, Revocation};
use medshare_ledger::facts::RecordType;
use medshare_ledger::id::{NetworkId, OwnerId};
use medshare_ledger::purpose::ActReason;
use medshare_node_chain::testing::{Parties, T0, label};
use rand::rngs::OsRng;

const NOW: Timestamp = Timestamp(T0);
/// The network's time in a chain that is ready.
const TIP: u64 = T0 + 2_000;

fn open() -> Admission {
    Admission::new(None).unwrap()
}

fn code(result: Result<Authenticated, Refusal>) -> Code {
    result.map(|_| ()).map_err(|refusal| refusal.code).unwrap_err()
}

#[test]
fn a_good_request_names_who_asks_for_what_of_whom() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let signed = parties.request(1);
    let authenticated = authenticate(signed.clone(), &chain, &open(), NOW).unwrap();
    assert_eq!(authenticated.hash, signed.hash());
    assert_eq!(authenticated.identity.identity.key, parties.requestor.signing.verifying_key());
    assert_eq!(authenticated.dataset.id, label("cohort"));
    assert_eq!((authenticated.owner.id, authenticated.received), (parties.owner(0), NOW));
}

#[test]
fn every_check_has_its_own_refusal() {
    type Change = fn(&mut DataRequest, &Parties);
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let drift = parties.facts.parameters().max_clock_drift_ms;
    assert_eq!(drift, 5_000);
    let table: [(Change, Code); 13] = [
        (|r, _| r.network = NetworkId::from_bytes([0; 32]), Code::OtherNetwork),
        (|r, _| r.created = Timestamp(TIP + 5_001), Code::FromTheFuture),
        (|r, _| (r.created, r.deadline) = (Timestamp(u64::MAX - 1), Timestamp(u64::MAX)), Code::FromTheFuture),
        (|r, _| r.created = Timestamp(TIP - ENTRY_WINDOW_MS - 1), Code::Expired),
        (|r, _| r.deadline = Timestamp(TIP - 1), Code::Expired),
        (|r, _| r.deadline = r.created, Code::BadDeadline),
        (|r, _| r.deadline = r.created.plus_ms(MAX_REQUEST_LIFETIME_MS + 1), Code::BadDeadline),
        (|r, _| r.owner = OwnerId::from_bytes([0; 16]), Code::NotFound),
        (|r, p| r.owner = p.owner(1), Code::NotFound),
        (|r, _| r.dataset = label("other"), Code::NotFound),
        (|r, _| r.record_type = RecordType::FhirR4, Code::WrongType),
        (|r, _| r.terms_version = 2, Code::OtherTerms),
        (|r, _| r.purpose.reason = ActReason::PublicHealth, Code::PurposeForbidden),
    ];
    for (change, expected) in table {
        let mut asked = parties.asked(1);
        change(&mut asked, &parties);
        let signed = SignedRequest::sign(asked, &parties.requestor.signing);
        assert_eq!(code(authenticate(signed, &chain, &open(), NOW)), expected);
    }
}

#[test]
fn the_bounds_of_time_are_inside() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    for created in [TIP + 5_000, TIP - ENTRY_WINDOW_MS] {
        let asked = DataRequest { created: Timestamp(created), ..parties.asked(1) };
        let signed = SignedRequest::sign(asked, &parties.requestor.signing);
        authenticate(signed, &chain, &open(), NOW).unwrap();
    }
}

#[test]
fn an_unregistered_key_is_unknown_and_another_key_signs_nothing() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let stranger = RequestorKeys::generate(&mut OsRng);
    let asked = DataRequest { key: stranger.signing.verifying_key(), ..parties.asked(1) };
    let signed = SignedRequest::sign(asked, &stranger.signing);
    assert_eq!(code(authenticate(signed, &chain, &open(), NOW)), Code::UnknownKey);
    let forged = SignedRequest::sign(parties.asked(1), &stranger.signing);
    assert_eq!(code(authenticate(forged, &chain, &open(), NOW)), Code::BadSignature);
    let mut changed = parties.request(1);
    changed.request.nonce = [2; 16];
    assert_eq!(code(authenticate(changed, &chain, &open(), NOW)), Code::BadSignature);
}

#[test]
fn a_request_that_the_ledger_has_is_a_replay() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let signed = parties.request(1);
    let previous = chain.state().thread_head(parties.requestor.id()).unwrap();
    let block = parties.parent_block(&signed, previous);
    parties.decide(&chain, vec![Entry::ParentBlock(Box::new(block.clone()))]);
    assert!(chain.state().block(block.id).unwrap().is_some());
    assert_eq!(code(authenticate(signed, &chain, &open(), NOW)), Code::Replay);
    authenticate(parties.request(2), &chain, &open(), NOW).unwrap();
}

#[test]
fn what_the_ledger_took_is_fresh_until_its_deadline_whatever_the_clock_says_here() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let (made, other) = (parties.request(1), parties.request(20));
    for now in [0, T0, T0 + 24 * 3_600_000].map(Timestamp) {
        authenticate(made.clone(), &chain, &open(), now).unwrap();
    }
    let short = DataRequest { deadline: Timestamp(TIP + 1_500), ..parties.asked(20) };
    let short = SignedRequest::sign(short, &parties.requestor.signing);
    parties.decide(&chain, vec![short.entry()]);
    authenticate(short.clone(), &chain, &open(), NOW).unwrap();
    parties.decide(&chain, Vec::new());
    assert_eq!(code(authenticate(short, &chain, &open(), NOW)), Code::Expired);
    authenticate(other, &chain, &open(), NOW).unwrap();
}

#[test]
fn a_requestor_whose_access_has_ended_gets_nothing_made_until_an_authority_issues() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let block = parties.parent_block(&parties.request(1), Hash32::ZERO);
    parties.decide(&chain, vec![Entry::ParentBlock(Box::new(block.clone()))]);
    authenticate(parties.request(2), &chain, &open(), NOW).unwrap();
    let revocation = Revocation {
        network: parties.facts.network(),
        owner: parties.owner(0),
        parent: block.id,
        sequence: 0,
        reason: 1,
        at: Timestamp(T0 + 4_000),
    };
    let signature = parties.owners[0].sign(&revocation);
    parties.decide(&chain, vec![Entry::Revocation(revocation, signature)]);
    assert_eq!(code(authenticate(parties.request(2), &chain, &open(), NOW)), Code::AccessEnded);
    let access = chain.state().access(parties.requestor.id()).unwrap().unwrap();
    parties.decide(&chain, vec![parties.grant_behind(access.revocations, T0 + 4_500, sha256(b"proxy key"))]);
    authenticate(parties.request(2), &chain, &open(), NOW).unwrap();
}

#[test]
fn admission_policies_see_the_attributes_that_the_ledger_grants() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let needs = |attribute: &str| {
        let text =
            format!("permit (principal, action, resource) when {{ principal.attributes.contains(\"{attribute}\") }};");
        Admission::new(Some(&text)).unwrap()
    };
    authenticate(parties.request(1), &chain, &needs("RESEARCHER@university"), NOW).unwrap();
    let refused = authenticate(parties.request(1), &chain, &needs("PROFESSOR@university"), NOW);
    assert_eq!(code(refused), Code::NotAdmitted);
}

#[test]
fn bytes_that_are_no_request_are_refused_by_what_is_wrong_with_them() {
    let long = decode(&vec![0; MAX_REQUEST_BYTES + 1]).unwrap_err();
    assert_eq!(long.code, Code::TooLarge);
    assert!(long.message.contains("4097") && long.message.contains("4096"));
    let garbage = decode(b"garbage").unwrap_err();
    assert_eq!(garbage.code, Code::Malformed);
    let request = Parties::new().request(1);
    assert_eq!(decode(&request.encode()).unwrap(), request);
}
