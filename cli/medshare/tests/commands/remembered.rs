//! What is remembered of requests that led to nothing.

use crate::binary::Folder;
use crate::fake_node::FakeNode;
use medshare_loopback::Answer;
use serde_json::{Value, json};

const WISH: &str =
    "request submit --owner HOSPITAL-A --dataset records --purpose HRESCH --key alice.key --genesis net/genesis.toml";

/// A node that refuses every request at the door, and knows of none.
fn refusing(network: &str) -> FakeNode {
    FakeNode::start(network, |asked| match asked.last().unwrap() {
        question if question.starts_with("POST") => Answer::error(403, "purpose-forbidden"),
        question if question.starts_with("GET /v1/audit/threads/") => {
            Answer::json(&json!({"requestor": "r", "count": 0, "blocks": [], "next": null}))
        }
        question if question.starts_with("GET /v1/audit/requests/") => {
            Answer::json(&json!({"items": [], "next": null}))
        }
        _ => Answer::error(404, "not-found"),
    })
}

#[test]
fn a_request_that_was_refused_or_not_sent_is_listed_as_what_it_is() {
    let folder = Folder::new();
    let founded = folder.json("network create net --patients 10 --base-port 31600");
    folder.done("key create --out alice.key --insecure-plaintext");
    let node = refusing(founded["network"].as_str().unwrap());
    let network = |command: &str| format!("{command} --genesis net/genesis.toml --node {}", node.url());
    folder.ends(&format!("{WISH} --node {}", node.url()), 3, "purpose-forbidden");
    folder.ends(&format!("{WISH} --node http://127.0.0.1:1"), 6, "unreachable");
    let listed = folder.json(&network("request list --key alice.key"));
    let told = |one: &Value| (one["status"].clone(), one["error"]["code"].clone());
    let told: Vec<(Value, Value)> = listed.as_array().unwrap().iter().map(told).collect();
    assert_eq!(told, [(json!("refused"), json!("purpose-forbidden")), (json!("not-sent"), json!("unreachable"))]);
    let request = |number: usize| network(&format!("request status {}", listed[number]["request"].as_str().unwrap()));
    assert!(folder.done(&request(0)).contains("refused: the node says purpose-forbidden"));
    folder.ends(&request(1), 1, "not-sent");
    let fetch = |number: usize| format!("{} --key alice.key", request(number).replace("status", "fetch"));
    folder.refused(&fetch(0), "error: the request was refused: the node says purpose-forbidden");
    folder.ends(&fetch(0), 3, "purpose-forbidden");
    folder.ends(&fetch(1), 1, "not-sent");
    folder.done("key create --out bob.key --insecure-plaintext");
    assert_eq!(folder.json(&network("request list --key bob.key")), json!([]), "each sees the own ones");
    let only = folder.json(&network("request list --key alice.key --status not-sent"));
    assert_eq!(only.as_array().unwrap().len(), 1);
}

/// Where a request stands that the network does not decide about, until somebody asks how the node is.
fn deciding_once_looked_at(network: &str) -> FakeNode {
    FakeNode::start(network, |asked| {
        let looks = asked.iter().filter(|question| question.ends_with("/v1/status")).count();
        let state = if looks < 2 { "processing" } else { "refused" };
        let stages = [json!({"stage": "encrypted", "after_ms": 5})];
        Answer::json(&json!({
            "request": "r", "state": state, "stages": stages, "block": null, "height": null, "package": null,
        }))
    })
}

#[test]
fn a_request_that_is_not_decided_says_after_a_while_who_is_missing() {
    let folder = Folder::new();
    let founded = folder.json("network create net --patients 10 --base-port 31660");
    folder.done("key create --out alice.key --insecure-plaintext");
    let node = deciding_once_looked_at(founded["network"].as_str().unwrap());
    let said = folder.error(&format!("{WISH} --node {}", node.url()));
    let waits = said.contains("waiting for the package; done so far: encrypted (");
    assert!(waits && said.contains(" s): the node reaches 2 of 4 validators"), "{said}");
}
