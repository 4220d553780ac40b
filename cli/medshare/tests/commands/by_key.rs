//! What a key opens: ids of which only the start is typed are looked for there, and an owner sees what waits.

use crate::binary::Folder;
use crate::fake_node::FakeNode;
use crate::requests::{FAR, block, founded, made, oid, page, status};
use medshare_loopback::Answer;
use serde_json::{Value, json};

const OWNERS_KEY: &str = "net/keys/owners/HOSPITAL-A.key";

#[test]
fn digits_of_a_request_that_another_machine_sent_are_looked_for_with_the_key() {
    let folder = Folder::new();
    let (network, rid) = founded(&folder, 32_010);
    let (owner, request) = (oid(&folder), "e8651597".repeat(8));
    let listed = [made(&request, &owner, FAR, None)];
    let node = FakeNode::start(&network, move |asked| match asked.last().unwrap() {
        question if question.contains(&format!("/v1/audit/requests/{rid}")) => page(&listed),
        question if question.starts_with("GET /v1/requests/") => status("refused"),
        _ => Answer::error(404, "not-found"),
    });
    let nodes = format!("--genesis net/genesis.toml --node {}", node.url());
    assert!(folder.done(&format!("request status e8651597… --key alice.key {nodes}")).contains("refused"));
    assert!(node.asked().contains(&format!("GET /v1/requests/{request}?wait_ms=0&owner={owner}")));
    folder.ends(&format!("request fetch e8651597… --key alice.key {nodes}"), 3, "not-anonymous");
    let nobodys = format!("request status e8651597… {nodes}");
    folder.ends(&nobodys, 2, "unknown-id");
    assert!(folder.error(&nobodys).contains("with --key or MEDSHARE_KEY"));
    folder.ends(&format!("request fetch abcd --key alice.key {nodes}"), 2, "unknown-id");
}

#[test]
fn digits_of_a_block_are_looked_for_on_the_list_of_the_key_that_is_typed() {
    let folder = Folder::new();
    let (network, _) = founded(&folder, 32_040);
    let id = format!("00e63073{}", "0b".repeat(28));
    let listed = block(&id, &oid(&folder), "revoked");
    let node = FakeNode::start(&network, move |asked| match asked.last().unwrap() {
        question if question.starts_with("GET /v1/owner/requests") => page(std::slice::from_ref(&listed)),
        question if question.contains("00e63073") => {
            let mut detail = listed.clone();
            detail["side_blocks"] = json!([]);
            detail["next"] = Value::Null;
            Answer::json(&detail)
        }
        _ => Answer::error(404, "not-found"),
    });
    let audit = format!("audit block 00e63073 --node {}", node.url());
    assert_eq!(folder.json(&format!("{audit} --key {OWNERS_KEY}"))["block"], id);
    folder.ends(&audit, 2, "unknown-id");
    assert!(folder.error(&audit).contains("--key or MEDSHARE_KEY"));
}

#[test]
fn an_owner_sees_which_violation_waits_although_the_package_is_upheld() {
    let folder = Folder::new();
    let (network, _) = founded(&folder, 32_070);
    let violation = |digits: &str, waits: bool| {
        json!({
            "block": "0b".repeat(32), "side_block": digits.repeat(32), "requestor": "ab".repeat(16), "dataset": "records",
            "action": "copy", "statement": "data-copied", "comment": null, "at": 1_700_000_000_000_u64, "status": "upheld",
            "waits": waits,
        })
    };
    let listed = [violation("1a", false), violation("2a", true)];
    let node = FakeNode::start(&network, move |_| page(&listed));
    let list = format!("owner violations --key {OWNERS_KEY} --genesis net/genesis.toml --node {}", node.url());
    let told = folder.done(&list);
    let ends: Vec<&str> = told.lines().map(|line| line.split_whitespace().next_back().unwrap()).collect();
    assert_eq!(ends, ["decision", "decided", "waits"], "{told}");
    let waiting = folder.json(&format!("{list} --waiting"));
    assert_eq!((waiting.as_array().unwrap().len(), &waiting[0]["side_block"]), (1, &json!("2a".repeat(32))));
}
