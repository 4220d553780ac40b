//! What somebody meets who asks for data, or is asked for it: words, statuses, exit codes.

use crate::binary::{Folder, HEARING, MEDSHARE, send};
use crate::fake_node::FakeNode;
use medshare_loopback::Answer;
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use std::time::Duration;

/// A founded network and a requestor's key, with the network's id, and hers.
pub fn founded(folder: &Folder, port: u16) -> (String, String) {
    let network = folder.json(&format!("network create net --patients 10 --base-port {port}"));
    folder.done("key create --out alice.key --insecure-plaintext");
    let rid = folder.json("key show alice.key")["id"].as_str().unwrap().to_owned();
    (network["network"].as_str().unwrap().to_owned(), rid)
}

/// A page of a list, or a thread.
pub fn page(items: &[Value]) -> Answer {
    Answer::json(&json!({"items": items, "requestor": "r", "count": items.len(), "blocks": items, "next": null}))
}

pub fn status(state: &str) -> Answer {
    let error = json!({"code": "not-anonymous", "message": "the records cannot be made safe", "hint": null});
    let answer = json!({
        "request": "r", "state": state, "stages": [], "error": error, "block": null, "height": null, "package": null,
    });
    Answer::json(&answer)
}

/// A request as the ledger has it.
pub fn made(request: &str, owner: &str, deadline: u64, block: Option<&str>) -> Value {
    json!({
        "request": request, "height": 5, "requestor": "ab".repeat(16), "owner": owner, "dataset": "records", "purpose": "HRESCH",
        "at": 1_700_000_000_000_u64, "deadline": deadline, "block": block,
    })
}

/// A parent block as lists have it.
pub fn block(id: &str, owner: &str, status: &str) -> Value {
    let permission = json!({
        "block": id, "status": status, "openings": 0, "reports": 0, "violations": 0, "undecided": 0, "retrieved": false,
    });
    json!({
        "block": id, "height": 6, "requestor": "ab".repeat(16), "owner": owner, "dataset": "records", "purpose": "HRESCH",
        "sensitivity": "low", "node": "n", "second_node": "m", "package": "p", "size": 1, "version": 1, "previous": "00", "merkle_root": "x",
        "nonce": 1, "target": 8, "action_counter": 0, "ttr": 1_700_000_000_500_u64, "ttp": 1, "tts": 1_700_000_000_900_u64, "locktime": 0,
        "events": [], "side_block_count": 0, "permission": permission,
    })
}

pub const FAR: u64 = 9_000_000_000_000;

pub fn sign(folder: &Folder) -> String {
    let wish = "--owner HOSPITAL-A --dataset records --purpose HRESCH --key alice.key --genesis net/genesis.toml";
    let signed = folder.json(&format!("request sign {wish} --out alice.request"));
    signed["request"].as_str().unwrap().to_owned()
}

pub fn oid(folder: &Folder) -> String {
    folder.json("key show net/keys/owners/HOSPITAL-A.key")["id"].as_str().unwrap().to_owned()
}

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
fn a_request_that_a_busy_node_did_not_take_was_not_sent_and_not_refused() {
    let folder = Folder::new();
    let (network, _) = founded(&folder, 31_780);
    let node = FakeNode::start(&network, |asked| match asked.last().unwrap() {
        question if question.starts_with("POST") => Answer::error(429, "too-many-requests"),
        _ => Answer::error(404, "not-found"),
    });
    sign(&folder);
    let nodes = format!("--genesis net/genesis.toml --node {}", node.url());
    folder.ends(&format!("request send alice.request {nodes}"), 6, "too-many-requests");
    let listed = folder.json(&format!("request list --key alice.key {nodes}"));
    assert_eq!((&listed[0]["status"], &listed[0]["error"]["code"]), (&json!("not-sent"), &json!("too-many-requests")));
}

#[test]
fn a_signed_file_says_by_itself_which_request_is_fetched() {
    let folder = Folder::new();
    let (network, _) = founded(&folder, 31_810);
    let request = sign(&folder);
    let node = FakeNode::start(&network, |_| status("refused"));
    let fetch = format!("request fetch --signed alice.request --genesis net/genesis.toml --node {}", node.url());
    let said = folder.error(&fetch);
    assert!(said.contains("the request was refused: the records cannot be made safe"), "{said}");
    folder.ends(&fetch, 3, "not-anonymous");
    folder.ends(&format!("{fetch} {}", &request[..8]), 3, "not-anonymous");
    let owner = oid(&folder);
    let asked = format!("GET /v1/requests/{request}?wait_ms=0&owner={owner}");
    assert!(node.asked().contains(&asked), "{:?}", node.asked());
    folder.refused(&format!("{fetch} {}", "0".repeat(64)), "and another one was typed");
    folder.refused(&format!("{fetch} --owner HOSPITAL-B"), "asks HOSPITAL-A");
    folder.refused(&format!("request fetch --node {}", node.url()), "<REQUEST>");
    // what is no request is not shown to a node
    folder.ends(&fetch.replace("alice.request", "alice.key"), 5, "wrong-kind");
    folder.refused(
        &fetch.replace("alice.request", "alice.key"),
        "alice.key is a key file, and a data request is expected",
    );
    folder.write("noise", "no request");
    folder.ends(&format!("request send noise --node {}", node.url()), 5, "malformed");
    assert!(node.asked().iter().all(|question| question.starts_with("GET")), "{:?}", node.asked());
}

#[test]
fn a_time_for_the_answer_that_cannot_be_is_told_with_its_range() {
    let folder = Folder::new();
    let wish = "request sign --owner A --dataset records --purpose HRESCH --out a.request --answer-within";
    for wrong in ["0", "0.5", "-1", "721", "soon"] {
        let expected = "for '--answer-within <HOURS>': expected whole hours, from 1 to 720";
        folder.refused(&format!("{wish} {wrong}"), expected);
    }
    folder.refused("request fetch 3f0c --timeout -1", "'--timeout <SECONDS>': expected whole seconds, 0 or more");
    folder.refused("request list --limit some", "'--limit <COUNT>': expected whole numbers, 0 or more");
}

/// The owner's node is away until somebody asked this one how it is.
fn owners_node_away(network: &str) -> FakeNode {
    FakeNode::start(network, |asked| {
        let about = asked.iter().filter(|question| question.starts_with("GET /v1/requests/")).count();
        let looks = asked.iter().filter(|question| question.ends_with("/v1/status")).count();
        match (about, looks) {
            (1, _) => status("processing"),
            (_, ..2) => Answer::error(503, "owners-node-away"),
            _ => status("refused"),
        }
    })
}

#[test]
fn while_one_node_answers_that_the_owners_is_away_nobody_says_that_none_answers() {
    let folder = Folder::new();
    let (network, _) = founded(&folder, 31_840);
    sign(&folder);
    let node = owners_node_away(&network);
    let fetch = format!("request fetch --signed alice.request --genesis net/genesis.toml --node {}", node.url());
    let said = folder.error(&fetch);
    let waits = said.contains("the node says owners-node-away: asking again (");
    assert!(waits && said.contains(" s): the node reaches 2 of 4 validators"), "{said}");
    assert!(!said.contains("no node answers"), "{said}");
}

#[test]
fn who_interrupts_the_wait_for_a_package_is_told_that_the_request_is_sent_and_how_to_ask_for_it() {
    let folder = Folder::new();
    let (network, _) = founded(&folder, 32_000);
    let request = sign(&folder);
    let node = FakeNode::start(&network, |_| status("processing"));
    let (owner, [env, default]) = (oid(&folder), HEARING);
    for (verb, asked) in
        [("send alice.request", "POST /v1/requests"), ("fetch --signed alice.request", "GET /v1/requests/")]
    {
        let mut command = Command::new(env);
        command.args([default, MEDSHARE, "request"]).args(verb.split(' ')).args(["--genesis", "net/genesis.toml"]);
        command.args(["--node", &node.url(), "--out", "x.package"]).env("XDG_STATE_HOME", folder.path().join(".state"));
        let before = node.asked().len();
        let waiting = command.current_dir(folder.path()).stderr(Stdio::piped()).spawn().unwrap();
        let is_asked = || node.asked().iter().skip(before).any(|question| question.starts_with(asked));
        let is_followed = || {
            node.asked().iter().skip(before).filter(|question| question.starts_with("GET /v1/requests/")).count() > 1
        };
        while !(is_asked() && is_followed()) {
            std::thread::sleep(Duration::from_millis(20));
        }
        send("INT", &waiting);
        let output = waiting.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{verb}: {said}");
        let told = format!(
            "interrupted; the request is sent, and nodes go on with it\nhint: `medshare request status {request} --owner {owner} "
        );
        assert!(said.contains(&told), "{verb}: {said}");
        assert!(!folder.path().join("x.package").exists());
    }
}

#[test]
fn a_request_that_stays_undecided_is_asked_about_ever_more_seldom() {
    let folder = Folder::new();
    let (network, _) = founded(&folder, 31_870);
    sign(&folder);
    let node = FakeNode::start(&network, |_| status("undecided"));
    let fetch = format!("request fetch --signed alice.request --genesis net/genesis.toml --node {}", node.url());
    folder.ends(&format!("{fetch} --timeout 4"), 6, "undecided");
    let asked = node.asked().iter().filter(|question| question.starts_with("GET /v1/requests/")).count();
    assert!((3..=6).contains(&asked), "{asked} questions in four seconds");
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

#[test]
fn where_access_has_ended_it_is_said_who_has_to_do_what() {
    let folder = Folder::new();
    let (network, _) = founded(&folder, 31_960);
    sign(&folder);
    let node = FakeNode::start(&network, |_| Answer::error(403, "access-ended"));
    let said = folder.error(&format!("request send alice.request --genesis net/genesis.toml --node {}", node.url()));
    let hint = "after an owner's own wish nobody has to: then the authorities issue your attributes again";
    assert!(said.contains("the node says access-ended") && said.contains(hint), "{said}");
}

#[test]
fn what_is_printed_to_be_typed_next_can_be_typed_and_an_end_is_no_reason_to_fetch_again() {
    let folder = Folder::new();
    let (network, _) = founded(&folder, 32_130);
    let (request, owner) = (sign(&folder), oid(&folder));
    let replay = FakeNode::start(&network, |asked| match asked.last().unwrap() {
        question if question.starts_with("POST") => Answer::error(409, "replay"),
        _ => status("refused"),
    });
    let nodes = format!("--genesis net/genesis.toml --node {}", replay.url());
    let said = folder.error(&format!("request send alice.request {nodes}"));
    for hinted in [
        format!("request status {request} --owner {owner} {nodes}"),
        format!("request fetch --signed alice.request {nodes}"),
    ] {
        assert!(said.contains(&format!("`medshare {hinted}`")), "{said}");
    }
    assert!(folder.done(&format!("request status {request} --owner {owner} {nodes}")).contains("refused"));
    // an OID says whose it is, without a genesis
    folder.done(&format!("request status {request} --owner {owner} --node {}", replay.url()));
    folder.ends(
        &format!("request fetch --signed alice.request --owner {owner} --node {}", replay.url()),
        3,
        "not-anonymous",
    );

    let retrieved = FakeNode::start(&network, |asked| match asked.last().unwrap() {
        question if question.contains("/package") => Answer::error(403, "retrieved"),
        question if question.contains("/v1/permissions/") => Answer::error(404, "not-found"),
        _ => status("delivered"),
    });
    let nodes = format!("--genesis net/genesis.toml --node {}", retrieved.url());
    let said = folder.error(&format!("request fetch {request} --key alice.key {nodes}"));
    assert!(
        said.contains("request the data again, if its owner would give it") && !said.contains("request fetch"),
        "{said}"
    );
    let ready = folder.done(&format!("request status {request} {nodes}"));
    assert!(
        ready.contains(&format!("`medshare request fetch {request} --owner"))
            || ready.contains(&format!("`medshare request fetch {request}`")),
        "{ready}"
    );
}
