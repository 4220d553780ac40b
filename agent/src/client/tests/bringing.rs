//! What is brought onto the ledger, of which nodes say what they like.

use super::*;
use crate::clock;
use crate::fake_node::dripping;
use medshare_exchange::proxy_key::ProxyKeyDelivery;
use medshare_ledger::codec;
use medshare_ledger::entry::{AttributeGrant, Identity};
use medshare_ledger::entry_chain::EntryChain;
use medshare_ledger::grant_proof::{GrantProof, GrantStanding};
use medshare_ledger::identity_proof::IdentityProof;
use medshare_ledger::state::{AccessRecord, GrantRecord, IdentityRecord, StateKey, WriteSet};

const HERS: RequestorId = RequestorId::from_bytes([1; 16]);
const ATTRIBUTE: &str = "RESEARCHER@university";

fn delivery() -> ProxyKeyDelivery {
    let grant = AttributeGrant {
        network: NetworkId::from_bytes([0; 32]),
        authority: "university".parse().unwrap(),
        requestor: HERS,
        attribute: ATTRIBUTE.to_owned(),
        version: 1,
        proxy_key: Hash32::ZERO,
        revocations: EntryChain::default(),
        at: Timestamp(0),
    };
    ProxyKeyDelivery::sign(grant, Vec::new(), &SigningKey::from_seed([1; 32].into()))
}

/// A grant as so many of the validators certify it.
fn granted(fixture: &Fixture, signers: usize, grant: &Entry) -> Answer {
    let record = GrantRecord { version: 1, proxy_key: Hash32::ZERO, at: Timestamp(0), entry: grant.hash() };
    proof(
        fixture,
        signers,
        &[(StateKey::Grant(HERS, ATTRIBUTE.to_owned()).to_bytes(), Some(codec::encode(&record)))].into(),
    )
}

fn proof(fixture: &Fixture, signers: usize, state: &WriteSet) -> Answer {
    let (tree, anchor) = fixture.validators().certify(signers, clock::now(), state);
    Answer::bytes(codec::encode(&GrantProof::build(&tree, anchor, HERS, ATTRIBUTE).unwrap()))
}

/// A node that says so to whoever hands something in, and gives this proof.
fn node(says: Answer, proof: Answer) -> FakeNode {
    FakeNode::start(move |asked| match asked.target.as_str() {
        target if target.contains("/proof?") => proof.clone(),
        target if target.starts_with("/v1/entries/") => Answer::json(&status(EntryState::Applied, 0)),
        _ => says.clone(),
    })
}

/// A state without her.
fn nothing() -> WriteSet {
    let other = StateKey::Access(RequestorId::from_bytes([9; 16]));
    [(other.to_bytes(), Some(codec::encode(&AccessRecord::default())))].into()
}

fn client(nodes: &[&FakeNode]) -> NodeClient {
    NodeClient::new(nodes.iter().map(|node| node.url()).collect()).unwrap()
}

fn bring(fixture: &Fixture, grant: &Entry, nodes: &[&FakeNode]) -> Result<Option<u64>, ClientError> {
    let entry = grant.hash();
    let prove = |one: &NodeClient, certified| one.proven_grant(&fixture.facts, HERS, ATTRIBUTE, certified);
    let stands =
        |standing: &GrantStanding| (standing.grant.as_ref().is_some_and(|grant| grant.entry == entry), standing.height);
    client(nodes).bring(grant, prove, stands).map(|brought| brought.height)
}

fn handed_in(node: &FakeNode) -> usize {
    node.asked().iter().filter(|asked| asked.method == "POST").count()
}

fn applied() -> Answer {
    Answer::json(&status(EntryState::Applied, 0))
}

#[test]
fn a_node_that_hands_in_the_grant_alone_keeps_no_key_from_the_others() {
    let delivery = delivery();
    let (liar, honest, mut times) = (FakeNode::start(|_| applied()), FakeNode::start(|_| applied()), 0);
    let busy = FakeNode::start(move |_| {
        times += 1;
        if times == 1 { Answer::error(429, "too-many-requests") } else { applied() }
    });
    let refusing = FakeNode::start(|_| Answer::error(403, "liar"));
    let nodes = [&liar, &refusing, &busy, &honest];
    let said = client(&nodes).hand_to_each(|one| one.deliver_proxy_key(&delivery));
    let refused: Vec<&String> = said.iter().filter(|said| said.refusal.is_some()).map(|said| &said.node).collect();
    assert_eq!((said.len(), refused), (4, vec![&refusing.url().to_string()]));
    assert_eq!(nodes.map(handed_in), [1, 1, 2, 1], "who has too much to do is handed it once more");
    for node in nodes {
        assert!(node.asked().iter().all(|asked| asked.body == codec::encode(&delivery)));
    }
}

#[test]
fn a_node_that_was_slow_or_has_much_to_do_is_handed_its_key_whatever_others_say() {
    let (delivery, mut times) = (delivery(), 0);
    let (liar, slow) = (FakeNode::start(|_| applied()), FakeNode::start(|_| applied()));
    let busy = FakeNode::start(move |_| {
        times += 1;
        if times < 4 { Answer::error(503, "catching-up") } else { applied() }
    });
    let never = FakeNode::start(|_| Answer::error(503, "catching-up"));
    let nodes = [&liar, &slow, &busy, &never];
    let client = client(&nodes);
    client.avoid(&[slow.url()]);
    let said = client.hand_to_each(|one| one.deliver_proxy_key(&delivery));
    assert_eq!(nodes.map(handed_in), [1, 1, 4, 5]);
    let not: Vec<&String> = said.iter().filter(|said| said.refusal.is_some()).map(|said| &said.node).collect();
    assert_eq!(not, [&never.url().to_string()], "who does not take it is named");
    // one that is away is not waited for so often
    let away = silent();
    let client = NodeClient::new(vec![away, liar.url()]).unwrap();
    assert_eq!(client.hand_to_each(|one| one.deliver_proxy_key(&delivery)).len(), 2);
}

#[test]
fn a_node_that_never_ends_what_it_was_handed_is_left_for_the_next_one_and_asked_last_from_then_on() {
    let (fixture, delivery) = (Fixture::new(Terms::high()), delivery());
    let grant = delivery.grant.clone();
    let (before, waiting) = (proof(&fixture, 4, &nothing()), Answer::json(&status(EntryState::Waiting, 0)));
    let waits =
        FakeNode::start(move |asked| if asked.target.contains("/proof?") { before.clone() } else { waiting.clone() });
    let drips = dripping(vec![b' '; 100_000], 1);
    let honest = node(applied(), granted(&fixture, 4, &grant));
    let client = NodeClient::new(vec![waits.url(), honest.url()]).unwrap();
    let (start, entry) = (Instant::now(), grant.hash());
    let prove = |one: &NodeClient, certified| one.proven_grant(&fixture.facts, HERS, ATTRIBUTE, certified);
    let settles =
        |standing: &GrantStanding| (standing.grant.as_ref().is_some_and(|grant| grant.entry == entry), standing.height);
    client.bring(&grant, prove, settles).unwrap();
    assert_eq!(client.hung(), [waits.url()]);
    client.bring(&grant, prove, settles).unwrap();
    assert_eq!(handed_in(&waits), 1, "others are asked first");
    let client = NodeClient::new(vec![drips.clone(), honest.url()]).unwrap();
    let said = client.hand_to_each(|one| one.deliver_proxy_key(&delivery));
    assert_eq!((client.hung(), said.iter().filter(|said| said.refusal.is_none()).count()), (vec![drips], 1));
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

#[test]
fn what_is_proven_otherwise_for_good_ends_it() {
    let (fixture, grant) = (Fixture::new(Terms::high()), delivery().grant);
    let other = node(Answer::error(400, "rejected"), granted(&fixture, 4, &entry()));
    let prove = |one: &NodeClient, certified| one.proven_grant(&fixture.facts, HERS, ATTRIBUTE, certified);
    let settles = |standing: &GrantStanding| (standing.grant.is_some(), standing.height);
    let brought = client(&[&other]).bring(&grant, prove, settles).unwrap();
    assert_ne!(brought.standing.grant.unwrap().entry, grant.hash());
    assert_eq!(handed_in(&other), 1);
}

#[test]
fn what_a_node_says_of_what_it_was_handed_is_no_end_and_what_a_quorum_certified_is() {
    let (fixture, grant) = (Fixture::new(Terms::high()), delivery().grant);
    let before = || proof(&fixture, 4, &nothing());
    let (alone, refusing) =
        (node(applied(), granted(&fixture, 2, &grant)), node(Answer::error(400, "from-the-future"), before()));
    let Err(ClientError::Unconfirmed { entry, unproven, said }) = bring(&fixture, &grant, &[&alone, &refusing]) else {
        panic!("nobody proves it")
    };
    assert_eq!(entry, grant.hash().to_string());
    let named = |node: &FakeNode| vec![node.url().to_string()];
    assert_eq!((unproven.unasked, unproven.before), (named(&alone), named(&refusing)));
    let refused: Vec<&String> = said.iter().filter(|said| said.refusal.is_some()).map(|said| &said.node).collect();
    assert_eq!(refused, [&refusing.url().to_string()]);
    assert_eq!((handed_in(&alone), handed_in(&refusing)), (1, 1), "who answered is not handed it again");
    // and the reverse: it is there, whoever says no; then nobody else is handed it
    let proving = |says| node(says, granted(&fixture, 3, &grant));
    let (refusing, other) = (proving(Answer::error(400, "rejected")), proving(applied()));
    assert_eq!(bring(&fixture, &grant, &[&refusing, &other]).unwrap(), Some(3));
    assert_eq!(handed_in(&other), 0);
}

#[test]
fn a_node_that_has_too_much_to_do_is_handed_the_same_once_more() {
    let (fixture, grant) = (Fixture::new(Terms::high()), delivery().grant);
    let (before, after) = (proof(&fixture, 4, &nothing()), granted(&fixture, 4, &grant));
    let mut times = 0;
    let busy = FakeNode::start(move |asked| match asked.method.as_str() {
        "POST" => {
            times += 1;
            if times == 1 { Answer::error(429, "too-many-requests") } else { applied() }
        }
        _ if asked.target.contains("/proof?") && times < 2 => before.clone(),
        _ if asked.target.contains("/proof?") => after.clone(),
        _ => Answer::error(404, "not-found"),
    });
    assert_eq!(bring(&fixture, &grant, &[&busy]).unwrap(), None);
    assert_eq!(handed_in(&busy), 2);
}

#[test]
fn who_somebody_is_counts_as_proven_of_now_and_only_under_her_own_rid() {
    let fixture = Fixture::new(Terms::high());
    let ask = |nodes: &[&FakeNode], rid| {
        let ask = |one: &NodeClient, certified| one.proven_identity(&fixture.facts, rid, certified);
        client(nodes).proven_now(&fixture.facts, ask, |standing| standing.time)
    };
    let proving = |signers: usize, rid: RequestorId, state: &WriteSet, ago: u64| {
        let time = Timestamp(clock::now().0 - ago);
        let (tree, anchor) = fixture.validators().certify(signers, time, state);
        let proof = Answer::bytes(codec::encode(&IdentityProof::build(&tree, anchor, rid).unwrap()));
        FakeNode::start(move |_| proof.clone())
    };
    let (keys, rid) = (&fixture.keys, fixture.keys.id());
    let hers = Identity {
        network: fixture.facts.network(),
        key: keys.signing.verifying_key(),
        sealing_key: keys.sealing.public_key(),
        registration: Vec::new(),
        role: "researcher".parse().unwrap(),
        organisation: OwnerId::from_bytes([1; 16]),
        at: Timestamp(0),
    };
    let record = codec::encode(&IdentityRecord { identity: hers, entry: Hash32::ZERO });
    let state = |rid: RequestorId| -> WriteSet { [(StateKey::Identity(rid).to_bytes(), Some(record.clone()))].into() };
    let honest = proving(3, rid, &state(rid), 0);
    // that she is not registered, certified long ago; and by too few
    let (old, alone) = (proving(4, rid, &nothing(), 3_600_000), proving(2, rid, &nothing(), 0));
    assert!(ask(&[&old, &alone, &honest], rid).unwrap().identity.is_some());
    assert!(matches!(ask(&[&alone], rid), Err(ClientError::Answer { .. })));
    let Err(ClientError::OldState { unproven }) = ask(&[&alone, &old], rid) else { panic!("neither shows now") };
    assert_eq!(unproven.before, [old.url().to_string()]);
    assert!(ask(&[&proving(3, HERS, &nothing(), 0)], HERS).unwrap().identity.is_none(), "absence is proven");
    // a key under another RID than its own is nobody's
    let strange = proving(4, HERS, &state(HERS), 0);
    assert!(matches!(ask(&[&strange], HERS), Err(ClientError::Answer { .. })));
}

#[test]
fn what_is_signed_is_dated_neither_before_nor_long_behind_what_was_certified() {
    let fixture = Fixture::new(Terms::high());
    let (drift, now) = (fixture.facts.parameters().max_clock_drift_ms, clock::now());
    assert!(dated(&fixture.facts, now) >= now);
    let (slow, fast) = (now.plus_ms(60_000), Timestamp(now.0 - drift - 60_000));
    assert_eq!((dated(&fixture.facts, slow), dated(&fixture.facts, fast)), (slow, fast.plus_ms(drift)));
}
