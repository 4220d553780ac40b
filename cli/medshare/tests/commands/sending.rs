//! What somebody meets who sends a request and waits for its package: words, exit codes, what is asked.

use crate::asking::{founded, oid, sign, status};
use crate::binary::{Folder, HEARING, MEDSHARE, send};
use crate::fake_ledger::Ledger;
use crate::fake_node::FakeNode;
use medshare_contract_abi::permissions::Status;
use medshare_loopback::Answer;
use serde_json::json;
use std::process::{Command, Stdio};
use std::time::Duration;

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
    folder.refused(&format!("request fetch --node {}", node.url()), "<REQUEST|--signed <FILE>>");
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
    let [env, default] = HEARING;
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
            "interrupted; the request is sent, and nodes go on with it\nhint: `medshare request status {request} --owner HOSPITAL-A "
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
    let is_asked = |question: &&String| question.starts_with("GET /v1/requests/") && !question.contains("/proof?");
    let asked = node.asked().iter().filter(is_asked).count();
    assert!((3..=6).contains(&asked), "{asked} questions in four seconds");
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
        format!("request status {request} --owner HOSPITAL-A {nodes}"),
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

#[test]
fn a_file_that_is_no_package_of_the_request_is_not_kept_and_without_a_genesis_it_is_said_that_nobody_looked() {
    let folder = Folder::new();
    let (network, _) = founded(&folder, 32_250);
    sign(&folder);
    let node = FakeNode::start(&network, |asked| match asked.last().unwrap() {
        // how a package begins, and no more
        question if question.contains("/package") => Answer::bytes(b"MEDSHAR\x02\0\0\0\x09".to_vec()),
        _ => status("delivered"),
    });
    let fetch = format!("request fetch --signed alice.request --out x.package --node {}", node.url());
    folder.ends(&format!("{fetch} --genesis net/genesis.toml"), 5, "other-package");
    assert!(!folder.path().join("x.package").exists());
    assert_eq!(folder.json(&fetch)["verified"], false);
    assert!(folder.path().join("x.package").exists());
    let told = folder.done(&fetch.replace("x.package", "y.package"));
    assert!(told.contains("nobody looked whether this is the package"), "{told}");
}

#[test]
fn what_a_node_says_of_a_request_is_not_its_end_where_another_proves_that_it_was_answered() {
    let folder = Folder::new();
    founded(&folder, 32_460);
    let asked = sign(&folder);
    let ledger = Ledger::of(&folder, Status::Granted);
    for (state, exit, code) in [("refused", 3, "not-anonymous"), ("undecided", 6, "undecided")] {
        let liar = ledger.node_that(move |question| match question.target.contains("/package") {
            true => Some(Answer::error(503, "node-fault")),
            false => Some(status(state)),
        });
        let (proof, name) = (ledger.request_proof(&asked), format!("/v1/requests/{asked}/proof?"));
        let honest = ledger.node_that(move |question| {
            let is_package = question.target.contains("/package");
            let proven = question.target.starts_with(&name).then(|| proof.clone());
            if is_package { Some(Answer::error(403, "retrieved")) } else { proven }
        });
        let fetch =
            |nodes: &str| format!("request send alice.request --timeout 1 --genesis net/genesis.toml --node {nodes}");
        folder.ends(&fetch(&liar.url()), exit, code);
        // it is asked for its package, of which there is none any more
        folder.ends(&fetch(&format!("{},{}", liar.url(), honest.url())), 4, "retrieved");
    }
}
