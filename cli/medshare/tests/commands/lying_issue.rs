//! Nodes that lie to an authority who issues, and to an organisation that registers: what a quorum certified just now counts, whichever node hands
//! it over, and nothing else.

mod recorded;

use crate::asking::founded;
use crate::binary::Folder;
use crate::fake_ledger::{ALL, LONG_AGO};
use crate::fake_node::FakeNode;
use crate::fake_registry::{Registry, answer, is_handed_in};
use medshare_crypto::abe::Registration;
use medshare_crypto::hash::Hash32;
use medshare_exchange::proxy_key::proxy_key_commitment;
use medshare_genesis::keys::{AuthorityKeys, RequestorKeys, StoredKeys as _};
use medshare_ledger::entry::{Entry, Identity};
use medshare_ledger::entry_chain::EntryChain;
use medshare_ledger::id::{RequestorId, Timestamp};
use medshare_ledger::state::{AccessRecord, StateKey};
use medshare_loopback::{Answer, Question};
use rand_core::OsRng;
use serde_json::{Value, json};

const ATTRIBUTE: &str = "RESEARCHER@UNIVERSITY";
const AUTHORITY: &str = "net/keys/authorities/UNIVERSITY.key";

/// A founded network, alice's card, and who she is.
fn carded(folder: &Folder, port: u16) -> (Registry, Identity) {
    founded(folder, port);
    let card = "key card --key alice.key --organisation HOSPITAL-A --role researcher --out alice.card";
    folder.done(&format!("{card} --genesis net/genesis.toml"));
    let (registry, keys) = (Registry::of(folder), RequestorKeys::load(&folder.path().join("alice.key"), None).unwrap());
    let identity = identity(&registry, &keys);
    (registry, identity)
}

fn identity(registry: &Registry, keys: &RequestorKeys) -> Identity {
    let registration = keys.attributes.registration(keys.id().as_bytes(), &mut OsRng).unwrap();
    Identity {
        network: registry.facts.network(),
        key: keys.signing.verifying_key(),
        sealing_key: keys.sealing.public_key(),
        registration: registration.to_bytes(),
        role: "researcher".parse().unwrap(),
        organisation: registry.facts.genesis().owners[0].id,
        at: Timestamp(0),
    }
}

/// The same, and she is registered.
fn registered(folder: &Folder, port: u16) -> (Registry, Identity) {
    let (registry, identity) = carded(folder, port);
    registry.register(rid(&identity), identity.clone());
    (registry, identity)
}

fn rid(identity: &Identity) -> RequestorId {
    RequestorId::of_key(&identity.key)
}

fn at(nodes: &[&FakeNode]) -> String {
    nodes.iter().map(|node| format!(" --node {}", node.url())).collect()
}

fn issue(to: &Identity, nodes: &[&FakeNode]) -> String {
    let key = format!("--key {AUTHORITY} --genesis net/genesis.toml");
    format!("authority issue {key} --attribute {ATTRIBUTE} --to {}{}", rid(to), at(nodes))
}

fn register(nodes: &[&FakeNode]) -> String {
    let key = "--key net/keys/owners/HOSPITAL-A.key --genesis net/genesis.toml";
    format!("owner register --requestor alice.card {key}{}", at(nodes))
}

fn is_told(node: &FakeNode) -> bool {
    node.asked().iter().any(|question| question.starts_with("POST"))
}

/// The error of a command, as programs read it.
fn error(folder: &Folder, command: &str) -> Value {
    let told: Value = serde_json::from_str(&folder.error(&format!("{command} --json"))).unwrap();
    told["error"].clone()
}

/// Commitment to the proxy key that the authority makes for this registration.
fn made_for(folder: &Folder, registration: &[u8]) -> Hash32 {
    let keys = AuthorityKeys::load(&folder.path().join(AUTHORITY), None).unwrap();
    let user = Registration::from_bytes(registration).unwrap().verify().unwrap();
    proxy_key_commitment(&keys.secret.issue(&user, &ATTRIBUTE.parse().unwrap(), 1).unwrap().to_bytes())
}

fn grants(registry: &Registry) -> Vec<Hash32> {
    let of = |entry: &Entry| match entry {
        Entry::AttributeGrant(grant, _) => Some(grant.proxy_key),
        _ => None,
    };
    registry.entries().iter().filter_map(of).collect()
}

#[test]
fn a_registration_that_one_node_made_up_for_a_rid_gets_no_proxy_key() {
    let folder = Folder::new();
    let (registry, alice) = registered(&folder, 32_500);
    // anybody can make one that proves itself: nobody's key signs it
    let colluding = RequestorKeys::generate(&mut OsRng);
    let made_up = colluding.attributes.registration(rid(&alice).as_bytes(), &mut OsRng).unwrap();
    assert_eq!(made_up.clone().verify().unwrap().gid(), rid(&alice).as_bytes());
    let lies = Identity { registration: made_up.to_bytes(), ..alice.clone() };
    let view = json!({
        "requestor": rid(&alice).to_string(), "key": "k", "sealing_key": "s", "registration": hex::encode(&lies.registration), "role": "researcher",
        "organisation": "o", "attributes": [], "revocations": {"count": 0, "head": "00".repeat(32)},
    });
    let false_ledger = registry.apart();
    false_ledger.register(rid(&alice), lies);
    let liar = registry.node_that(move |question: &Question| {
        if question.target == format!("/v1/identities/{}", view["requestor"].as_str().unwrap()) {
            return Some(Answer::json(&view));
        }
        // certified by itself alone
        false_ledger.proof(question, 1, 0)
    });
    let told = error(&folder, &issue(&alice, &[&liar]));
    assert_eq!(told["code"], "bad-answer", "{told}");
    assert!(!is_told(&liar), "nothing is signed, and nothing sealed");
    let honest = registry.node();
    folder.done(&issue(&alice, &[&liar, &honest]));
    assert_eq!(grants(&registry), [made_for(&folder, &alice.registration)]);
    let delivery = registry.deliveries().remove(0);
    assert_eq!(delivery.copies.len(), ALL, "a copy for each validator of the genesis");
}

#[test]
fn an_old_state_is_no_ground_to_issue_also_where_a_quorum_certified_it() {
    let folder = Folder::new();
    let (registry, alice) = registered(&folder, 32_530);
    let before = registry.apart();
    let revocations = EntryChain::default().extended(&Hash32::from_bytes([7; 32]));
    registry.put(&StateKey::Access(rid(&alice)), &AccessRecord { revocations, ..AccessRecord::default() });
    // before her access was taken away
    let liar = registry.node_that(move |question| before.proof(question, ALL, LONG_AGO));
    folder.ends(&issue(&alice, &[&liar]), 6, "old-state");
    assert!(!is_told(&liar));
    let honest = registry.node();
    let told = error(&folder, &issue(&alice, &[&liar, &honest]));
    assert_eq!((&told["code"], &told["details"]["revocations"]), (&json!("unseen-revocation"), &json!(1)), "{told}");
    assert!(!is_told(&liar) && !is_told(&honest));
    folder.done(&format!("{} --revocations 1", issue(&alice, &[&liar, &honest])));
    assert_eq!(grants(&registry).len(), 1);
}

#[test]
fn that_nobody_is_registered_is_proven_too() {
    let folder = Folder::new();
    let (registry, alice) = carded(&folder, 32_560);
    let honest = registry.node();
    folder.ends(&issue(&alice, &[&honest]), 3, "unknown-requestor");
    let absent = registry.apart();
    folder.done(&register(&[&honest]));
    let liar = registry.node_that(move |question| absent.proof(question, 2, 0));
    folder.ends(&issue(&alice, &[&liar]), 6, "bad-answer");
    folder.done(&issue(&alice, &[&liar, &honest]));
    // registered already: nothing is signed
    let told = error(&folder, &register(&[&honest]));
    assert_eq!((&told["code"], &told["details"]["rejection"]), (&json!("rejected"), &json!(301)), "{told}");
    assert!(told["hint"].as_str().unwrap().contains("nothing is to be done"), "{told}");
}

#[test]
fn nothing_is_issued_or_registered_on_the_word_of_one_node_that_says_done() {
    let folder = Folder::new();
    let (registry, alice) = carded(&folder, 32_590);
    let keeps = |registry: &Registry| registry.node_that(|asked| is_handed_in(asked).then(|| answer("applied")));
    let refuses =
        |registry: &Registry| registry.node_that(|asked| is_handed_in(asked).then(|| Answer::error(403, "liar")));
    let unproven = |command: &str, keeps: &FakeNode, refuses: &FakeNode| {
        let told = error(&folder, command);
        assert_eq!(told["code"], "entry-unproven", "{told}");
        let expected = json!([keeps.url(), refuses.url()]);
        assert_eq!(told["details"]["not_shown_by"], expected, "{told}");
        assert_eq!(told["details"]["refused_by"][0]["node"], refuses.url(), "{told}");
        assert!(told["message"].as_str().unwrap().contains(&refuses.url()), "{told}");
        folder.ends(command, 6, "entry-unproven");
    };
    let (first, second) = (keeps(&registry), refuses(&registry));
    unproven(&register(&[&first, &second]), &first, &second);
    let honest = registry.node();
    folder.done(&register(&[&first, &second, &honest]));
    // the attribute's key, and then the grant
    let (first, second) = (keeps(&registry), refuses(&registry));
    unproven(&issue(&alice, &[&first, &second]), &first, &second);
    assert!(first.asked().iter().all(|asked| asked != "POST /v1/proxy-keys"), "nothing is sealed for no key");
    assert!(folder.json(&issue(&alice, &[&first, &honest]))["attributes"][0]["published"].as_bool().unwrap());
    let bob = identity(&registry, &RequestorKeys::generate(&mut OsRng));
    registry.register(rid(&bob), bob.clone());
    let (first, second) = (keeps(&registry), refuses(&registry));
    unproven(&issue(&bob, &[&first, &second]), &first, &second);
    let is_sent = |node: &FakeNode| node.asked().iter().any(|asked| asked == "POST /v1/proxy-keys");
    assert!(!is_sent(&first) && !is_sent(&second), "no copy leaves for a grant that does not stand");
    folder.done(&issue(&bob, &[&first, &second, &honest]));
    assert_eq!(grants(&registry).len(), 2);
    // it is granted, and nobody says to keep the key
    let refuses = registry.node_that(|asked| (asked.target == "/v1/proxy-keys").then(|| Answer::error(403, "liar")));
    folder.ends(&issue(&bob, &[&refuses]), 6, "keys-untaken");
    // one that says to keep it is no reason to be silent about another that does not
    let both = issue(&bob, &[&refuses, &honest]);
    let issued = folder.json(&both);
    assert_eq!(issued["attributes"][0]["not_taken_by"][0]["node"], refuses.url(), "{issued}");
    assert!(folder.done(&both).contains(&format!("not taken by {}", refuses.url())));
}

#[test]
fn what_is_granted_is_not_told_as_refused_by_one_that_handed_it_on_and_says_no() {
    let folder = Folder::new();
    let (registry, alice) = registered(&folder, 32_620);
    for (number, says) in [Answer::error(400, "rejected"), answer("rejected"), Answer::error(429, "too-many-requests")]
        .into_iter()
        .enumerate()
    {
        let behind = registry.clone();
        let liar = registry.node_that(move |question| {
            is_handed_in(question).then(|| {
                behind.answer(question);
                says.clone()
            })
        });
        let honest = registry.node_that(|question| {
            let is_entry = question.target == "/v1/entries";
            is_entry.then(|| Answer::error(429, "too-many-requests"))
        });
        let issued = folder.json(&issue(&alice, &[&liar, &honest]));
        assert_eq!(issued["attributes"][0]["attribute"], ATTRIBUTE, "{issued}");
        assert_eq!(grants(&registry).len(), number + 1, "one grant each time");
    }
}

#[test]
fn no_further_grants_are_signed_for_one_that_says_that_they_are_from_the_future() {
    let folder = Folder::new();
    let (registry, alice) = registered(&folder, 32_650);
    let bob = identity(&registry, &RequestorKeys::generate(&mut OsRng));
    registry.register(rid(&bob), bob.clone());
    folder.done(&issue(&bob, &[&registry.node()]));
    let liar = registry.node_that(|question| is_handed_in(question).then(|| Answer::error(400, "from-the-future")));
    let mut is_busy = true;
    let honest = registry.node_that(move |question| {
        let answers = question.target == "/v1/entries" && std::mem::take(&mut is_busy);
        answers.then(|| Answer::error(429, "too-many-requests"))
    });
    folder.done(&issue(&alice, &[&liar, &honest]));
    assert_eq!(grants(&registry).len(), 2, "one for each");
    let times = |node: &FakeNode, path: &str| node.asked().iter().filter(|asked| asked.ends_with(path)).count();
    assert_eq!((times(&liar, "/v1/entries"), times(&honest, "/v1/entries")), (1, 2), "who was busy is asked again");
    assert_eq!((times(&liar, "/v1/proxy-keys"), times(&honest, "/v1/proxy-keys")), (1, 1));
}
