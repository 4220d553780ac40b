#![allow(clippy::unwrap_used, clippy::unreachable, clippy::indexing_slicing, reason = "tests")]

use super::keeping::delete_all_uncovered;
use super::*;
use crate::gates::Gate;
use crate::query::router;
use crate::sender::Sender;
use crate::services::testing::{connected, services, starting};
use axum::body::{Body, to_bytes};
use axum::http::Request;
use medshare_exchange::api::{EntryState, EntryStatus};
use medshare_exchange::proxy_key::{MAX_SEALED_PROXY_KEY_BYTES, ProxyKeyDelivery};
use medshare_ledger::entry::Entry;
use medshare_ledger::execution::Effect;
use medshare_ledger::state::StateKey;
use medshare_node_chain::testing::{ATTRIBUTE, Parties, T0};
use medshare_node_net::Protocol;
use medshare_node_store::kv::Change;
use std::time::Duration;
use tower::ServiceExt as _;

mod deliveries;

/// What [`Parties::ready_chain`] grants.
const KEY: &[u8] = b"proxy key";

fn held_here(services: &Services, parties: &Parties) -> Vec<(String, Vec<u8>)> {
    let keys = services.private.proxy_keys(parties.requestor.id()).unwrap();
    keys.into_iter().map(|(attribute, key)| (attribute, key.to_vec())).collect()
}

fn whole() -> Vec<(String, Vec<u8>)> {
    vec![(ATTRIBUTE.to_owned(), KEY.to_vec())]
}

#[tokio::test]
async fn a_superseded_proxy_key_is_deleted_and_the_one_in_force_stays() {
    let parties = Parties::new();
    let services = services(&parties, parties.ready_chain());
    let requestor = parties.requestor.id();
    let held = || -> Vec<Vec<u8>> {
        services.private.proxy_keys(requestor).unwrap().into_iter().map(|(_, key)| key.to_vec()).collect()
    };
    let grant = |at, key: &[u8]| {
        let mut effects = services.chain.effects();
        parties.decide(&services.chain, vec![parties.grant(at, proxy_key_commitment(key))]);
        effects.try_recv().unwrap().iter().for_each(|effect| react(&services, effect));
    };
    let keep = |key: &[u8]| keep(&services.chain, &services.private, ATTRIBUTE, requestor, key).unwrap();
    grant(T0 + 1, b"first");
    keep(b"first");
    keep(b"foreign");
    assert_eq!(held(), [b"first"]);
    // This node was not told the new key: the old one must not serve on.
    grant(T0 + 2, b"second");
    assert!(held().is_empty());
    keep(b"first");
    assert!(held().is_empty());
    keep(b"second");
    assert_eq!(held(), [b"second"]);
    // Whether the key or the effect comes first makes no difference.
    reconcile(&services);
    react(&services, &Effect::AttributeGranted { requestor, attribute: ATTRIBUTE.to_owned() });
    assert_eq!(held(), [b"second"]);
    services.private.put_proxy_key(requestor, ATTRIBUTE, b"left behind").unwrap();
    reconcile(&services);
    assert!(held().is_empty());
}

#[tokio::test]
async fn views_that_do_not_tell_which_keys_are_covered_are_built_again_and_no_key_is_deleted() {
    let parties = Parties::new();
    let services = services(&parties, parties.ready_chain());
    services.private.put_proxy_key(parties.requestor.id(), ATTRIBUTE, KEY).unwrap();
    let grant = StateKey::Grant(parties.requestor.id(), ATTRIBUTE.to_owned());
    let grant = [b"s".as_slice(), &grant.to_bytes()].concat();
    services.chain.views().apply(vec![Change::put(grant, b"damaged")]).unwrap();
    reconcile(&services);
    assert!(services.halt.is_raised());
    assert!(parties.home.path().join("views.given-up").exists());
    assert_eq!(held_here(&services, &parties), whole());
}

#[tokio::test]
async fn keys_are_not_held_against_a_state_that_the_others_have_not_confirmed() {
    let parties = Parties::new();
    // the log was moved away: this state knows of no grant
    let services = starting(&parties, parties.chain());
    services.private.put_proxy_key(parties.requestor.id(), ATTRIBUTE, KEY).unwrap();
    let following = tokio::spawn(follow(Arc::clone(&services)));
    // fetched again, with the revocations of long ago in it
    parties.decide(&services.chain, vec![parties.identity(), parties.attribute_keys(&[ATTRIBUTE])]);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(held_here(&services, &parties), whole());
    parties.decide(&services.chain, vec![parties.grant(T0, proxy_key_commitment(KEY))]);
    services.private.put_proxy_key(parties.requestor.id(), "OTHER@university", b"without a grant").unwrap();
    services.others.assume_confirmed();
    while held_here(&services, &parties).len() > 1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(held_here(&services, &parties), whole(), "what a grant stands for stays, the rest goes");
    following.abort();
}

#[tokio::test]
async fn a_revocation_leaves_the_key_of_a_grant_that_followed_it() {
    let parties = Parties::new();
    let chain = parties.chain();
    parties.decide(&chain, vec![parties.identity(), parties.attribute_keys(&[ATTRIBUTE])]);
    let services = services(&parties, chain);
    let requestor = parties.requestor.id();
    services.private.put_proxy_key(requestor, ATTRIBUTE, b"of the grant that was revoked").unwrap();
    assert_eq!(delete_all_uncovered(&services, requestor).unwrap(), 1);
    parties.decide(&services.chain, vec![parties.grant(T0, proxy_key_commitment(KEY))]);
    services.private.put_proxy_key(requestor, ATTRIBUTE, b"of the grant before").unwrap();
    assert_eq!(delete_all_uncovered(&services, requestor).unwrap(), 1);
    services.private.put_proxy_key(requestor, ATTRIBUTE, KEY).unwrap();
    assert_eq!(delete_all_uncovered(&services, requestor).unwrap(), 0);
    assert_eq!(held_here(&services, &parties), whole());
}

#[tokio::test]
async fn a_key_that_another_node_lacks_goes_to_it_as_a_sealed_letter() {
    let parties = Parties::new();
    let chain = parties.chain();
    parties.decide(&chain, vec![parties.identity(), parties.attribute_keys(&[ATTRIBUTE])]);
    parties.decide(&chain, vec![parties.grant(T0, proxy_key_commitment(KEY))]);
    let services = services(&parties, chain);
    services.private.put_proxy_key(parties.requestor.id(), ATTRIBUTE, KEY).unwrap();
    let want = Message::Want { requestor: parties.requestor.id(), attribute: ATTRIBUTE.to_owned() };
    let letter = answer(&services, parties.node(1), &codec::encode(&want)).await.unwrap();
    assert!(letter.len() > KEY.len() && letter.len() <= MAX_SEALED_PROXY_KEY_BYTES);
    assert!(!letter.windows(KEY.len()).any(|window| window == KEY));
    let nobody = NodeId::from_bytes([9; 16]);
    assert_eq!(answer(&services, nobody, &codec::encode(&want)).await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn a_grant_whose_key_no_node_in_reach_has_is_told_as_lacking() {
    let parties = Parties::new();
    let services = services(&parties, parties.ready_chain());
    let (requestor, wanted) = (parties.requestor.id(), BTreeSet::from([ATTRIBUTE.parse().unwrap()]));
    let lacking = held(&services, requestor, &wanted).unwrap();
    assert!(lacking.keys.is_empty());
    assert_eq!(lacking.lacking, [ATTRIBUTE]);
    assert!(held(&services, requestor, &BTreeSet::new()).unwrap().lacking.is_empty(), "nothing else is looked for");
    assert_eq!(services.chain.views().grants().unwrap(), [(parties.requestor.id(), ATTRIBUTE.to_owned())]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_never_answers_does_not_keep_a_key_back_that_another_has() {
    let parties = Parties::new();
    let chain = parties.chain();
    parties.decide(&chain, vec![parties.identity(), parties.attribute_keys(&[ATTRIBUTE])]);
    parties.decide(&chain, vec![parties.grant(T0, proxy_key_commitment(KEY))]);
    let (mut services, requestor) = (services(&parties, chain), parties.requestor.id());
    let sealing = services.keys.sealing.public_key();
    let letter = seal_proxy_key(KEY, services.node, &sealing, &mut OsRng).unwrap().sealed;
    let [mut silent, mut honest] = <[_; 2]>::try_from(connected(&parties, &mut services, &[1, 2]).await).ok().unwrap();
    let asking = Arc::clone(&services);
    let fetching = tokio::spawn(async move { fetch(&asking, requestor, vec![ATTRIBUTE.to_owned()]).await });
    let _unanswered = silent.asked(Protocol::ProxyKeys).await;
    honest.asked(Protocol::ProxyKeys).await.reply.send(letter).unwrap();
    fetching.await.unwrap();
    assert_eq!(held_here(&services, &parties), whole());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_no_node_had_is_not_asked_for_again_at_once() {
    let parties = Parties::new();
    let (mut services, requestor) = (services(&parties, parties.ready_chain()), parties.requestor.id());
    let mut others = connected(&parties, &mut services, &[1]).await;
    let asking = Arc::clone(&services);
    let fetching = tokio::spawn(async move {
        for _ in 0..3 {
            fetch(&asking, requestor, vec![ATTRIBUTE.to_owned()]).await;
        }
    });
    let other = others.first_mut().unwrap();
    drop(other.asked(Protocol::ProxyKeys).await);
    fetching.await.unwrap();
    assert!(other.questions.try_recv().is_err());
}
