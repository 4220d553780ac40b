//! A node that lies, or does not belong here, beside one that is honest.

use super::*;
use medshare_ledger::codec;

/// The network of ones.
const OURS: NetworkId = NetworkId::from_bytes([1; 32]);
const NOBODY: RequestorId = RequestorId::from_bytes([0; 16]);

fn both(first: &FakeNode, second: &FakeNode) -> NodeClient {
    NodeClient::new(vec![first.url(), second.url()]).unwrap()
}

#[test]
fn a_node_of_another_network_or_one_that_talks_garbage_is_left_for_the_next_one() {
    let honest = FakeNode::start(|asked| match asked.target.as_str() {
        "/v1/status" => Answer::json(&serde_json::json!({ "network": OURS.to_string() })),
        _ => Answer::json(&status(EntryState::Applied, 0)),
    });
    let other = FakeNode::start(|_| Answer::json(&serde_json::json!({ "network": "another" })));
    let garbage = FakeNode::start(|_| Answer::bytes(b"<html>".to_vec()));
    for strange in [&other, &garbage] {
        let client = both(strange, &honest).of_network(OURS);
        client.check_network().unwrap();
        assert_eq!(client.submit_entry(&entry()).unwrap().height, Some(3));
        assert!(strange.asked().iter().all(|asked| asked.target == "/v1/status"), "it is told nothing");
    }
    let told = both(&other, &garbage).of_network(OURS).submit_entry(&entry()).unwrap_err();
    assert!(matches!(told, ClientError::OtherNetwork { .. }), "{told}");
}

#[test]
fn an_answer_that_is_not_understood_is_asked_of_the_next_node_and_nothing_is_handed_in_twice() {
    let garbage = FakeNode::start(|_| Answer::bytes(b"<html>".to_vec()));
    let honest = FakeNode::start(|_| Answer::json(&status(EntryState::Applied, 0)));
    let client = both(&garbage, &honest);
    assert_eq!(client.entry(&entry().hash(), 0).unwrap().height, Some(3));
    assert!(matches!(client.submit_entry(&entry()), Err(ClientError::Answer { .. })));
    assert!(honest.asked().iter().all(|asked| asked.method == "GET"));
}

#[test]
fn what_one_node_refuses_is_asked_of_the_next_before_it_is_told() {
    let liar = FakeNode::start(|_| Answer::error(403, "liar"));
    let honest = FakeNode::start(|_| Answer::json(&status(EntryState::Applied, 0)));
    assert_eq!(both(&liar, &honest).entry(&entry().hash(), 0).unwrap().height, Some(3));
    let absent = FakeNode::start(|_| Answer::error(404, "not-found"));
    let told = both(&liar, &absent).entry(&entry().hash(), 0).unwrap_err();
    assert_eq!(told.code(), Some("liar"), "what the first of them said");
    // who hung before is not waited for once there is an answer
    let (listener, hung) = mute();
    listener.set_nonblocking(true).unwrap();
    let client = NodeClient::new(vec![hung.clone(), absent.url()]).unwrap();
    client.avoid(&[hung]);
    assert_eq!(client.identity(NOBODY).unwrap(), None);
    assert!(listener.accept().is_err(), "it was asked");
    let away = NodeClient::new(vec![silent(), absent.url()]).unwrap();
    assert_eq!(away.identity(NOBODY).unwrap(), None);
}

#[test]
fn an_honest_no_to_what_is_handed_in_is_not_overridden_by_a_liar_behind_it() {
    let liar = FakeNode::start(|_| Answer::json(&status(EntryState::Applied, 0)));
    let honest = FakeNode::start(|_| Answer::error(403, "revoked"));
    let told = both(&honest, &liar).submit_entry(&entry()).unwrap_err();
    assert_eq!(told.code(), Some("revoked"));
    // it took the entry, and it was dropped later
    let forgetful = FakeNode::start(|asked| match asked.method.as_str() {
        "POST" => Answer::json(&status(EntryState::Waiting, 0)),
        _ => Answer::error(404, "not-found"),
    });
    let told = both(&forgetful, &liar).submit_entry(&entry()).unwrap_err();
    assert_eq!(told.code(), Some("not-found"));
    let request = medshare_crypto::hash::Hash32::ZERO;
    let signed = Proof::Request(b"request");
    both(&honest, &liar).download_package(&request, None, signed, &mut Vec::new()).unwrap_err();
    assert!(liar.asked().is_empty(), "a signed request is handed to nobody else, either");
    // what says nothing about the matter is no decision
    let broken = FakeNode::start(|_| Answer::error(500, "internal"));
    let elsewhere = FakeNode::start(|_| Answer::error(409, "other-node"));
    for first in [&broken, &elsewhere] {
        assert_eq!(both(first, &liar).submit_entry(&entry()).unwrap().height, Some(3));
    }
}

#[test]
fn a_package_that_says_it_is_longer_than_any_is_not_taken() {
    const TEBIBYTE: u64 = 1 << 40;
    let fixture = Fixture::new(Terms::high());
    let package = std::fs::read(&fixture.package).unwrap();
    let file = crate::session::PackageFile::verify(&fixture.package, &fixture.facts).unwrap();
    let mut manifest = file.manifest().clone();
    let encoded = codec::encode(&manifest);
    let start = package.windows(encoded.len()).position(|window| window == encoded).unwrap();
    let second = manifest.files.get_mut(1).unwrap();
    second.length = TEBIBYTE;
    manifest.payload_length = medshare_crypto::stream::sealed_len(second.offset + TEBIBYTE);
    let encoded = codec::encode(&manifest);
    let length = u32::try_from(encoded.len()).unwrap().to_be_bytes();
    let front = &package[..start - length.len()];
    let beginning = [front, &length, &encoded, &vec![0; 600_000]].concat();
    let node = FakeNode::start(move |_| Answer::bytes(beginning.clone()));
    let request = medshare_crypto::hash::Hash32::ZERO;
    let mut received = Vec::new();
    let refused = node.client().download_package(&request, None, Proof::Request(b"request"), &mut received);
    let told = refused.unwrap_err().to_string();
    assert!(told.contains("at most 1073741824 are taken"), "{told}");
    assert!(received.is_empty());
}

#[test]
fn a_file_is_taken_no_further_than_it_may_be_long() {
    let package = std::fs::read(&Fixture::new(Terms::high()).package).unwrap();
    let request = medshare_crypto::hash::Hash32::ZERO;
    for (sent, is_taken) in [
        (package.clone(), true),
        ([package.clone(), vec![0; 100_000]].concat(), false),
        (vec![0; 100_000], false),
        (package[..8].to_vec(), true),
    ] {
        let length = sent.len();
        let node = FakeNode::start(move |_| Answer::bytes(sent.clone()));
        let mut received = Vec::new();
        let taken = node.client().download_package(&request, None, Proof::Request(b"request"), &mut received);
        assert_eq!(taken.is_ok(), is_taken, "{length}");
        assert!(received.len() <= package.len());
    }
}
