//! What somebody sees of requests that were made: words, statuses, exit codes.

use crate::asking::{FAR, block, founded, made, oid, page, status};
use crate::binary::Folder;
use crate::fake_node::FakeNode;
use medshare_loopback::Answer;
use serde_json::{Value, json};

#[test]
fn the_ledger_says_first_what_became_of_a_request_and_then_its_owners_node() {
    let folder = Folder::new();
    let (network, _) = founded(&folder, 31_720);
    let owner = oid(&folder);
    let [answered, open, late, refused] = ["a1", "b2", "c3", "d4"].map(|digits| digits.repeat(32));
    let id = "0b".repeat(32);
    let requests = [
        made(&answered, &owner, FAR, Some(&id)),
        made(&open, &owner, FAR, None),
        made(&late, &owner, 1, None),
        made(&refused, &owner, FAR, None),
    ];
    let thread = [block(&id, &owner, "opened")];
    let no = refused.clone();
    let node = FakeNode::start(&network, move |asked| match asked.last().unwrap() {
        question if question.starts_with("GET /v1/audit/requests/") => page(&requests),
        question if question.starts_with("GET /v1/audit/threads/") => page(&thread),
        question if question.contains(&no) => status("refused"),
        _ => Answer::error(404, "not-found"),
    });
    let list = format!("request list --key alice.key --genesis net/genesis.toml --node {}", node.url());
    let listed = folder.json(&list);
    let told = |one: &Value| {
        let text = |field: &Value| field.as_str().unwrap_or_default().to_owned();
        (text(&one["request"]), text(&one["status"]), text(&one["error"]["code"]))
    };
    let told: Vec<_> = listed.as_array().unwrap().iter().map(told).collect();
    let expected = [
        (answered, "opened", ""),
        (open, "open", "not-found"),
        (late, "unanswered", ""),
        (refused, "refused", "not-anonymous"),
    ];
    assert_eq!(told, expected.map(|(request, status, code)| (request, status.to_owned(), code.to_owned())));
    assert_eq!(folder.json(&format!("{list} --status unanswered")).as_array().unwrap().len(), 1);
    assert!(folder.done(&list).contains("asked (UTC)"));
    assert!(folder.done(&list).contains("the records cannot be made safe"));
}

#[test]
fn an_owners_node_that_cannot_be_asked_is_asked_once_for_all_requests() {
    let folder = Folder::new();
    let (network, _) = founded(&folder, 31_750);
    let owner = oid(&folder);
    let requests: Vec<Value> = (10..40).map(|n| made(&n.to_string().repeat(32), &owner, FAR, None)).collect();
    let node = FakeNode::start(&network, move |asked| match asked.last().unwrap() {
        question if question.starts_with("GET /v1/audit/requests/") => page(&requests),
        question if question.starts_with("GET /v1/audit/threads/") => page(&[]),
        _ => Answer::error(429, "too-many-requests"),
    });
    let listed = folder.json(&format!("request list --key alice.key --genesis net/genesis.toml --node {}", node.url()));
    let is_open = |one: &Value| one["status"] == "open" && one["error"]["code"] == "too-many-requests";
    assert!(listed.as_array().unwrap().len() == 30 && listed.as_array().unwrap().iter().all(is_open), "{listed}");
    let asked = node.asked().iter().filter(|question| question.starts_with("GET /v1/requests/")).count();
    assert_eq!(asked, 1);
}

#[test]
fn an_owner_sees_requests_that_no_package_answers_and_why() {
    let folder = Folder::new();
    let (network, _) = founded(&folder, 31_900);
    let owner = oid(&folder);
    let id = "0b".repeat(32);
    let [answered, open, late, refused] = ["a1", "b2", "c3", "d4"].map(|digits| digits.repeat(32));
    let blocks = [block(&id, &owner, "granted")];
    let mut no = made(&refused, &owner, FAR, None);
    no["state"] = json!("refused");
    no["error"] = json!({"code": "not-anonymous", "message": "the records cannot be made safe", "hint": null});
    let asked =
        [made(&answered, &owner, FAR, Some(&id)), made(&open, &owner, FAR, None), made(&late, &owner, 1, None), no];
    let node = FakeNode::start(&network, move |questions| match questions.last().unwrap() {
        question if question.starts_with("GET /v1/owner/requests") => page(&blocks),
        question if question.starts_with("GET /v1/owner/asked") => page(&asked),
        _ => Answer::error(404, "not-found"),
    });
    let key = "--key net/keys/owners/HOSPITAL-A.key";
    let list = format!("owner requests {key} --genesis net/genesis.toml --node {}", node.url());
    let listed = folder.json(&list);
    let told = |one: &Value| {
        let status = if one["block"].is_null() { &one["status"] } else { &one["permission"]["status"] };
        (one["request"].as_str().unwrap().to_owned(), status.as_str().unwrap().to_owned())
    };
    let mut told: Vec<_> = listed.as_array().unwrap().iter().map(told).collect();
    told.sort();
    let expected = [(answered, "granted"), (open, "open"), (late, "unanswered"), (refused, "refused")];
    assert_eq!(told, expected.map(|(request, status)| (request, status.to_owned())));
    assert!(folder.done(&list).contains("the records cannot be made safe"));
    assert_eq!(folder.json(&format!("{list} --status open")).as_array().unwrap().len(), 1);
    // statuses that cannot occur in a list are not offered for it
    for (list, impossible) in [
        (list.as_str(), "not-sent"),
        ("owner violations --key k", "open"),
        ("owner violations --key k", "granted"),
        ("audit thread 0000", "refused"),
    ] {
        folder
            .refused(&format!("{list} --status {impossible}"), &format!("invalid value '{impossible}' for '--status"));
    }
}

#[test]
fn a_thread_names_owners_where_the_genesis_is_at_hand() {
    let folder = Folder::new();
    let (network, rid) = founded(&folder, 31_930);
    let owner = oid(&folder);
    let thread = [block(&"0b".repeat(32), &owner, "opened")];
    let node = FakeNode::start(&network, move |_| page(&thread));
    let show = format!("audit thread {rid} --node {}", node.url());
    assert!(folder.done(&show).contains(&format!("{}…", &owner[..8])));
    let named = folder.done(&format!("{show} --genesis net/genesis.toml"));
    assert!(named.contains("  HOSPITAL-A  ") && !named.contains(&owner[..8]), "{named}");
    assert_eq!(folder.json(&format!("{show} --genesis net/genesis.toml"))["blocks"][0]["owner"], owner);
}
