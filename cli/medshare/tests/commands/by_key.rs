//! What a key opens: ids of which only the start is typed are looked for there, and an owner sees what waits.

use crate::asking::{FAR, block, founded, made, oid, page, status};
use crate::binary::Folder;
use crate::fake_ledger::{Ledger, PARENT};
use crate::fake_node::FakeNode;
use medshare_contract_abi::permissions::Status;
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
    assert_eq!(ends, ["status", "upheld", "upheld", "decision"], "{told}");
    assert!(told.ends_with("\n    waits for your decision\n"), "{told}");
    let waiting = folder.json(&format!("{list} --waiting"));
    assert_eq!((waiting.as_array().unwrap().len(), &waiting[0]["side_block"]), (1, &json!("2a".repeat(32))));
}

const VIOLATION: &str = "00e63073aaaaaaaaaaaaaaaaaaaaaaaa0020db56cccccccccccccccccccccccc";

/// A node of an owner whose package stands so, with one violation.
fn deciding(folder: &Folder, status: Status) -> FakeNode {
    let undecided = u32::from(status == Status::Revoked);
    let header = [&VIOLATION[32..], &VIOLATION[32..]].concat().parse().unwrap();
    let violation = json!({
        "block": PARENT, "side_block": VIOLATION, "requestor": "ab".repeat(16), "dataset": "records", "action": "copy",
        "statement": "data-copied", "comment": null, "at": 1_700_000_000_000_u64, "status": "revoked", "waits": true,
    });
    let listed = block(PARENT, "o", "revoked");
    Ledger::of(folder, status).violated(header, undecided).node_that(move |question| {
        let is_of = |path: &str| question.target.starts_with(path);
        if is_of("/v1/owner/violations") {
            Some(page(std::slice::from_ref(&violation)))
        } else {
            is_of("/v1/owner/requests").then(|| page(std::slice::from_ref(&listed)))
        }
    })
}

#[test]
fn what_is_decided_is_told_before_anybody_is_asked_which_package_or_violation_is_meant() {
    let folder = Folder::new();
    founded(&folder, 32_160);
    for (status, verb, exit, code) in [
        (Status::Regranted, "review 00e63073 --decision regrant", 3, "rejected"),
        (Status::Upheld, "review 00e63073 --decision uphold", 3, "rejected"),
        (Status::Retrieved, "review 00e63073 --decision retrieve", 3, "rejected"),
        (Status::Upheld, "revoke 00e63073 --reason other", 3, "rejected"),
        (Status::Revoked, "review 00e63073 --decision regrant", 8, "unconfirmed-package"),
        (Status::Opened, "revoke 00e63073 --reason other", 8, "unconfirmed-package"),
        (Status::Revoked, "review 00e63073 --yes --decision regrant", 8, "unseen-violation"),
    ] {
        let node = deciding(&folder, status);
        let nodes = format!("--key {OWNERS_KEY} --genesis net/genesis.toml --node {}", node.url());
        folder.ends(&format!("owner {verb} {nodes}"), exit, code);
        assert!(node.asked().iter().all(|question| question.starts_with("GET")), "{:?}", node.asked());
    }
}

#[test]
fn digits_of_the_block_are_no_violation_that_was_looked_at() {
    let folder = Folder::new();
    founded(&folder, 32_190);
    let node = deciding(&folder, Status::Revoked);
    let nodes = format!("--key {OWNERS_KEY} --genesis net/genesis.toml --node {}", node.url());
    let review = format!("owner review {PARENT} --decision regrant {nodes} --violation");
    for of_block in ["00e63073", PARENT, &VIOLATION[..40]] {
        folder.ends(&format!("{review} {of_block}"), 2, "unknown-id");
    }
    folder.refused(&format!("{review} 00e63073…"), "these are digits of the block that it stands under");
    assert!(node.asked().iter().all(|question| question.starts_with("GET")), "nothing was sent");
    // looked at, it is decided about
    for own in ["0020db56…", VIOLATION] {
        let node = deciding(&folder, Status::Revoked);
        let nodes = format!("--key {OWNERS_KEY} --genesis net/genesis.toml --node {}", node.url());
        let decided = folder.json(&format!("owner review {PARENT} --decision regrant {nodes} --violation {own}"));
        assert_eq!((&decided["status"], &decided["judged"]), (&json!("re-granted"), &json!(VIOLATION)));
    }
}
