//! What becomes of entries that are handed in.

use super::*;
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use medshare_exchange::proxy_key::ProxyKeyDelivery;
use medshare_ledger::entry::AttributeGrant;
use medshare_ledger::entry_chain::EntryChain;
use medshare_ledger::id::{NetworkId, RequestorId, Timestamp};

#[test]
fn an_entry_is_followed_until_the_network_decided() {
    let mut answers =
        [EntryState::Waiting, EntryState::Waiting, EntryState::Applied].map(|state| status(state, 0)).into_iter();
    let node = FakeNode::start(move |_| Answer::json(&answers.next().unwrap()));
    let entry = entry();
    let decided = node.client().submit_entry(&entry).unwrap();
    assert_eq!(decided.height, Some(3));
    let asked = node.asked();
    assert_eq!(asked[0].method, "POST");
    assert_eq!(asked[0].body, medshare_ledger::codec::encode(&entry));
    assert_eq!(asked[1].target, format!("/v1/entries/{}?wait_ms=5000", entry.hash()));
}

#[test]
fn a_rejected_entry_says_why() {
    let node = FakeNode::start(|_| Answer::json(&status(EntryState::Rejected, 334)));
    let error = node.client().submit_entry(&entry()).unwrap_err();
    assert_eq!(error.to_string(), "the network rejected the entry: why");
}

#[test]
fn what_came_too_early_is_signed_anew_a_few_times_and_what_a_person_must_look_at_is_not() {
    for (rejected, most) in [(300, 5), (303, 5), (304, 5), (338, 5), (344, 5), (323, 1), (334, 1), (337, 1), (306, 1)] {
        let node = FakeNode::start(move |_| Answer::json(&status(EntryState::Rejected, rejected)));
        let mut signed = Vec::new();
        let done = while_too_early(|| {
            let entry = entry();
            signed.push(entry.hash());
            node.client().submit_entry(&entry)
        });
        assert!(matches!(done, Err(ClientError::Rejected { .. })), "{rejected}");
        assert_eq!((signed.len(), node.asked().len()), (most, most), "{rejected}");
        signed.dedup();
        assert_eq!(signed.len(), most, "the same bytes were handed in twice");
    }
    let mut answers =
        [(EntryState::Rejected, 302), (EntryState::Applied, 0)].map(|(s, code)| status(s, code)).into_iter();
    let node = FakeNode::start(move |_| Answer::json(&answers.next().unwrap()));
    assert_eq!(while_too_early(|| node.client().submit_entry(&entry())).unwrap().height, Some(3));
}

#[test]
fn a_node_that_hands_in_the_grant_alone_keeps_no_key_from_the_others() {
    let applied = || FakeNode::start(|_| Answer::json(&status(EntryState::Applied, 0)));
    let refusing = FakeNode::start(|_| Answer::error(503, "catching-up"));
    let (liar, honest) = (applied(), applied());
    let grant = AttributeGrant {
        network: NetworkId::from_bytes([0; 32]),
        authority: "university".parse().unwrap(),
        requestor: RequestorId::from_bytes([1; 16]),
        attribute: "RESEARCHER@university".to_owned(),
        version: 1,
        proxy_key: Hash32::ZERO,
        revocations: EntryChain::default(),
        at: Timestamp(0),
    };
    let delivery = ProxyKeyDelivery::sign(grant, Vec::new(), &SigningKey::from_seed([1; 32].into()));
    let nodes = [&liar, &refusing, &honest].map(FakeNode::url);
    let decided = NodeClient::new(nodes.to_vec()).unwrap().deliver_proxy_key(&delivery).unwrap();
    assert_eq!(decided.height, Some(3));
    for node in [&liar, &refusing, &honest] {
        assert_eq!(node.asked()[0].body, medshare_ledger::codec::encode(&delivery));
    }
}
