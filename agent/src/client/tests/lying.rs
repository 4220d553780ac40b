//! A node that lies, or does not belong here, beside one that is honest.

use super::*;

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
    assert_eq!(both(&liar, &honest).submit_entry(&entry()).unwrap().height, Some(3));
    let absent = FakeNode::start(|_| Answer::error(404, "not-found"));
    let told = both(&liar, &absent).submit_entry(&entry()).unwrap_err();
    assert_eq!(told.code(), Some("liar"), "what the first of them said");
    let away = NodeClient::new(vec![silent(), absent.url()]).unwrap();
    assert_eq!(away.identity(NOBODY).unwrap(), None);
}

#[test]
fn nobody_is_pointed_to_something_else_or_out_of_the_network() {
    let inside = FakeNode::start(|_| Answer::bytes(b"secret".to_vec()));
    let request = medshare_crypto::hash::Hash32::ZERO;
    for path in ["/v1/audit/bundles/00".to_owned(), format!("/v1/requests/{request}/package")] {
        let there = format!("{}{path}", inside.url());
        let liar = FakeNode::start(move |asked| match asked.target.as_str() {
            "/v1/status" => Answer::json(&serde_json::json!({ "network": OURS.to_string() })),
            _ => Answer::pointing(&there),
        });
        let client = liar.client().of_network(OURS);
        client.download_package(&request, None, Proof::Request(b"request"), &mut Vec::new()).unwrap_err();
    }
    let targets: Vec<String> = inside.asked().into_iter().map(|asked| asked.target).collect();
    assert_eq!(targets, ["/v1/status"], "it was asked for its network, and told nothing");
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
