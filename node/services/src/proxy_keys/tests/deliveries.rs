//! Deliveries of proxy keys, and those who saw them.

use super::*;
use medshare_ledger::id::Timestamp;

/// A delivery that somebody overheard: the key of a grant of the requestor's attribute, sealed to this node.
fn overheard(parties: &Parties, services: &Services) -> ProxyKeyDelivery {
    let user = registration(&services.chain, parties.requestor.id()).unwrap();
    let key = parties.authority.secret.issue(&user, &ATTRIBUTE.parse().unwrap(), 1).unwrap().to_bytes();
    let sealing = services.keys.sealing.public_key();
    let copy = seal_proxy_key(&key, services.node, &sealing, &mut OsRng).unwrap();
    let Entry::AttributeGrant(grant, _) = parties.grant(T0, proxy_key_commitment(&key)) else {
        unreachable!("it is one")
    };
    ProxyKeyDelivery::sign(grant, vec![copy], &parties.authority.signing)
}

/// A node whose ledger has all that a grant of the requestor's attribute stands behind.
fn ready_for_a_grant() -> (Parties, Arc<Services>) {
    let parties = Parties::new();
    let chain = parties.chain();
    parties.decide(&chain, vec![parties.identity(), parties.attribute_keys(&[ATTRIBUTE])]);
    let services = services(&parties, chain);
    (parties, services)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_of_long_ago_takes_no_place_of_a_key_while_the_log_is_fetched_again() {
    let parties = Parties::new();
    let services = starting(&parties, parties.chain());
    services.private.put_proxy_key(parties.requestor.id(), ATTRIBUTE, KEY).unwrap();
    parties.decide(&services.chain, vec![parties.identity(), parties.attribute_keys(&[ATTRIBUTE])]);
    let of_long_ago = overheard(&parties, &services);
    // this far the log is here again: the grant that was in force then
    parties.decide(&services.chain, vec![of_long_ago.grant.clone()]);
    let (asked, posted) = (Arc::clone(&services), Arc::clone(&services));
    let (told, handed_in) = (of_long_ago.clone(), of_long_ago);
    let from = parties.node(1);
    let tasks = [
        tokio::spawn(async move {
            let message = codec::encode(&Message::Deliver(Box::new(told)));
            answer(&asked, from, &message).await.map(drop)
        }),
        tokio::spawn(async move { deliver(&posted, &Sender::UNKNOWN.into(), handed_in).await.map(drop) }),
    ];
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(held_here(&services, &parties), whole());
    parties.decide(&services.chain, vec![parties.grant(T0 + 1, proxy_key_commitment(KEY))]);
    services.others.assume_confirmed();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(held_here(&services, &parties), whole());
}

#[tokio::test]
async fn a_delivery_that_is_done_is_told_so_however_many_wait_to_read_records() {
    let (parties, mut services) = ready_for_a_grant();
    Arc::get_mut(&mut services).unwrap().gates.records = Gate::new(0, 0);
    let delivery = overheard(&parties, &services);
    parties.decide(&services.chain, vec![delivery.grant.clone()]);
    let posted = Request::post("/v1/proxy-keys").body(Body::from(codec::encode(&delivery))).unwrap();
    let answer = router(Arc::clone(&services)).oneshot(posted).await.unwrap();
    let (status, body) = (answer.status().as_u16(), to_bytes(answer.into_body(), 10_000).await.unwrap());
    let told: EntryStatus = serde_json::from_slice(&body).unwrap();
    assert_eq!((status, told.state, told.height), (200, EntryState::Applied, Some(2)));
}

#[tokio::test]
async fn a_delivery_that_has_had_its_effect_is_answered_at_once_whoever_sends_it_again() {
    let (parties, mut services) = ready_for_a_grant();
    let delivery = overheard(&parties, &services);
    parties.decide(&services.chain, vec![delivery.grant.clone()]);
    let hash = delivery.grant.hash();
    assert_eq!(deliver(&services, &Sender::UNKNOWN.into(), delivery.clone()).await.unwrap(), hash);
    let held = held_here(&services, &parties);
    assert_eq!(held.len(), 1);
    // nothing is computed any more, here or for another node
    Arc::get_mut(&mut services).unwrap().gates.entering = Gate::new(0, 0);
    let again = ProxyKeyDelivery { copies: Vec::new(), ..delivery };
    let message = codec::encode(&Message::Deliver(Box::new(again.clone())));
    let sent_again = async |held: &[(String, Vec<u8>)]| {
        assert_eq!(deliver(&services, &Sender::UNKNOWN.into(), again.clone()).await.unwrap(), hash);
        answer(&services, parties.node(1), &message).await.unwrap();
        assert_eq!(held_here(&services, &parties), held);
    };
    sent_again(&held).await;
    // nor once another grant has overtaken it
    parties.decide(&services.chain, vec![parties.grant(T0 + 1, proxy_key_commitment(KEY))]);
    sent_again(&held).await;
}

#[tokio::test]
async fn copies_that_an_authority_did_not_sign_take_no_place_of_its_delivery() {
    let (parties, mut services) = ready_for_a_grant();
    Arc::get_mut(&mut services).unwrap().gates.entering = Gate::new(0, 0);
    let delivery = overheard(&parties, &services);
    let mut damaged = delivery.clone();
    damaged.copies[0].sealed[0] ^= 1;
    let fewer = ProxyKeyDelivery { copies: Vec::new(), ..delivery.clone() };
    let message = |delivery: &ProxyKeyDelivery| codec::encode(&Message::Deliver(Box::new(delivery.clone())));
    for changed in [damaged, fewer] {
        let refused = answer(&services, parties.node(1), &message(&changed)).await.unwrap_err();
        let posted = deliver(&services, &Sender::UNKNOWN.into(), changed).await.unwrap_err();
        assert_eq!([refused.message, posted.message], ["the signature of the authority does not verify"; 2]);
    }
    let place = services.deliveries.begin("university".parse().unwrap(), delivery.grant.hash());
    assert!(place.is_ok(), "nobody has the place of the true one");
}

#[tokio::test]
async fn a_delivery_is_taken_in_once_at_a_time() {
    let (parties, mut services) = ready_for_a_grant();
    // one stands in line for good
    Arc::get_mut(&mut services).unwrap().gates.entering = Gate::new(0, 1);
    let delivery = overheard(&parties, &services);
    let bring = || {
        let (services, delivery) = (Arc::clone(&services), delivery.clone());
        tokio::spawn(async move { deliver(&services, &Sender::UNKNOWN.into(), delivery).await })
    };
    let (first, copy) = (bring(), bring());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!first.is_finished() && !copy.is_finished(), "a copy takes no second place in line, and is not refused");
    assert!(services.deliveries.begin("university".parse().unwrap(), delivery.grant.hash()).is_err());
    first.abort();
    copy.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_brings_a_copy_of_a_delivery_under_way_hears_what_comes_of_it() {
    let (parties, services) = ready_for_a_grant();
    let delivery = overheard(&parties, &services);
    let hash = delivery.grant.hash();
    let bring = || {
        let (services, delivery) = (Arc::clone(&services), delivery.clone());
        tokio::spawn(async move { deliver(&services, &Sender::UNKNOWN.into(), delivery).await })
    };
    // a liar who got it first hands it in, and the authority comes behind
    let first = bring();
    while services.chain.mempool.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let behind = [bring(), bring()];
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!first.is_finished() && behind.iter().all(|copy| !copy.is_finished()));
    parties.decide(&services.chain, vec![delivery.grant.clone()]);
    assert_eq!(first.await.unwrap(), Ok(hash));
    for copy in behind {
        assert_eq!(copy.await.unwrap(), Ok(hash));
    }
    assert_eq!(held_here(&services, &parties).len(), 1);
    assert!(services.deliveries.begin("university".parse().unwrap(), hash).is_ok());
}

#[tokio::test]
async fn a_delivery_that_can_have_no_effect_any_more_takes_no_place() {
    let (parties, mut services) = ready_for_a_grant();
    Arc::get_mut(&mut services).unwrap().gates.entering = Gate::new(0, 0);
    let delivery = overheard(&parties, &services);
    let Entry::AttributeGrant(mut grant, _) = delivery.grant.clone() else { unreachable!("it is one") };
    grant.at = Timestamp(0);
    let outdated = ProxyKeyDelivery::sign(grant, delivery.copies, &parties.authority.signing);
    let message = codec::encode(&Message::Deliver(Box::new(outdated.clone())));
    let hash = outdated.grant.hash();
    let refused = answer(&services, parties.node(1), &message).await.unwrap_err();
    let posted = deliver(&services, &Sender::UNKNOWN.into(), outdated).await.unwrap_err();
    assert_eq!([refused.code, posted.code], [Code::Expired; 2]);
    assert!(services.deliveries.begin("university".parse().unwrap(), hash).is_ok());
}
