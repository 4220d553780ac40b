//! A node that lies is named first, an honest one behind it: an owner ends access all the same.

use crate::binary::Folder;
use crate::fake_node::FakeNode;
use crate::requests::{block, founded, page, sign, status};
use medshare_loopback::Answer;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

const PARENT: &str = "00e63073aaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// What ends access, and how the package stands then.
const ENDS: [(&str, &str); 2] = [("revoke", "revoked"), ("review", "retrieved")];

/// A node where the package stands so before an entry is handed in, and so behind it.
fn stands(network: &str, before: &'static str, behind: &'static str) -> FakeNode {
    FakeNode::start(network, move |asked| {
        let was_told = asked.iter().any(|question| question.starts_with("POST"));
        match asked.last().unwrap() {
            question if question.starts_with("POST /v1/entries") => {
                Answer::json(&json!({"entry": "e", "state": "applied", "code": 0, "error": null, "height": 9}))
            }
            question if question.starts_with("GET /v1/owner/decisions") => {
                Answer::json(&json!({"sequence": 0, "last_violation": null}))
            }
            question if question.contains(PARENT) => {
                Answer::json(&block(PARENT, "o", if was_told { behind } else { before })["permission"])
            }
            _ => Answer::error(404, "not-found"),
        }
    })
}

/// The command that ends access, at these nodes.
fn ending(verb: &str, nodes: &[&FakeNode]) -> String {
    let what = if verb == "revoke" { "--reason other" } else { "--decision retrieve" };
    let nodes: Vec<String> = nodes.iter().map(|node| format!("--node {}", node.url())).collect();
    let key = "--key net/keys/owners/HOSPITAL-A.key --genesis net/genesis.toml";
    format!("owner {verb} {PARENT} {what} {key} {}", nodes.join(" "))
}

fn is_told(node: &FakeNode) -> bool {
    node.asked().iter().any(|question| question.starts_with("POST /v1/entries"))
}

#[test]
fn one_node_that_lies_does_not_keep_an_owner_from_ending_access() {
    let folder = Folder::new();
    let (network, _) = founded(&folder, 32_220);
    for (verb, ended) in ENDS {
        let owner = |nodes: &[&FakeNode]| ending(verb, nodes);
        // it says that access has ended long ago; or that it has now, which is not so
        for before in [ended, "opened"] {
            let (liar, honest) = (stands(&network, before, ended), stands(&network, "opened", ended));
            let made = folder.json(&owner(&[&liar, &honest]));
            assert!(is_told(&honest), "{verb} {before}");
            assert_eq!((&made["status"], &made["not_shown_by"]), (&json!(ended), &json!([])), "{verb} {before}");
        }
        // it goes on saying that access stands
        let (liar, honest) = (stands(&network, "opened", "opened"), stands(&network, "opened", ended));
        folder.ends(&owner(&[&honest, &liar]), 6, "not-everywhere");
        // where all say that nothing is to be done, nothing is
        let both = [(); 2].map(|()| stands(&network, ended, ended));
        folder.ends(&owner(&[&both[0], &both[1]]), 3, "rejected");
        assert!(!both.iter().any(is_told));
        let alone = stands(&network, "opened", ended);
        let made: Value = folder.json(&owner(&[&alone]));
        assert_eq!(made["status"], ended);
    }
}

#[test]
fn an_end_whose_answer_is_lost_is_seen_at_another_node() {
    let folder = Folder::new();
    let (network, _) = founded(&folder, 32_280);
    for (verb, ended) in ENDS {
        let is_there = Arc::new(AtomicBool::new(false));
        let there = Arc::clone(&is_there);
        // it takes the entry, and says no more
        let first = FakeNode::start(&network, move |asked| match asked.last().unwrap() {
            question if question.starts_with("POST /v1/entries") => {
                there.store(true, Ordering::SeqCst);
                Answer::json(&json!({"entry": "e", "state": "waiting", "code": 0, "error": null, "height": null}))
            }
            question if question.starts_with("GET /v1/owner/decisions") => {
                Answer::json(&json!({"sequence": 0, "last_violation": null}))
            }
            _ => Answer::error(503, "node-fault"),
        });
        let second = FakeNode::start(&network, move |asked| {
            let is_there = is_there.load(Ordering::SeqCst);
            match asked.last().unwrap() {
                question if question.starts_with("POST /v1/entries") => {
                    let rejected = json!({"entry": "e", "state": "rejected", "code": 508, "error": null, "height": 9});
                    Answer::json(&rejected)
                }
                question if question.starts_with("GET /v1/owner/decisions") => {
                    Answer::json(&json!({"sequence": u8::from(is_there), "last_violation": null}))
                }
                question if question.starts_with("GET /v1/entries") && is_there => {
                    Answer::json(&json!({"entry": "e", "state": "applied", "code": 0, "error": null, "height": 9}))
                }
                question if question.contains(PARENT) => {
                    Answer::json(&block(PARENT, "o", if is_there { ended } else { "opened" })["permission"])
                }
                _ => Answer::error(404, "not-found"),
            }
        });
        let made = folder.json(&ending(verb, &[&first, &second]));
        let told = (&made["status"], &made["sequence"], &made["height"], &made["not_shown_by"]);
        assert_eq!(told, (&json!(ended), &json!(0), &json!(9), &json!([first.url()])), "{verb}");
        assert!(!is_told(&second), "nothing was signed anew");
    }
}

#[test]
fn an_end_that_a_liar_took_goes_to_a_node_that_could_not_be_asked_for_a_moment() {
    let folder = Folder::new();
    let (network, _) = founded(&folder, 32_310);
    for (verb, ended) in ENDS {
        let liar = stands(&network, "opened", ended);
        let honest = FakeNode::start(&network, move |asked| {
            let was_told = asked.iter().any(|question| question.starts_with("POST"));
            let looks = asked.iter().filter(|question| question.starts_with("GET /v1/permissions/")).count();
            match asked.last().unwrap() {
                question if question.starts_with("POST /v1/entries") => {
                    Answer::json(&json!({"entry": "e", "state": "applied", "code": 0, "error": null, "height": 9}))
                }
                question if question.starts_with("GET /v1/owner/decisions") => {
                    Answer::json(&json!({"sequence": 0, "last_violation": null}))
                }
                // the words before are the first ones
                question if question.starts_with("GET /v1/permissions/") && looks == 2 => {
                    Answer::error(503, "node-fault")
                }
                question if question.contains(PARENT) => {
                    Answer::json(&block(PARENT, "o", if was_told { ended } else { "opened" })["permission"])
                }
                _ => Answer::error(404, "not-found"),
            }
        });
        let made = folder.json(&ending(verb, &[&liar, &honest]));
        assert!(is_told(&honest), "{verb}");
        assert_eq!((&made["status"], &made["not_shown_by"]), (&json!(ended), &json!([])), "{verb}");
        // where it did not answer lately, it is named
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        std::fs::create_dir_all(folder.path().join(".state/medshare")).unwrap();
        folder.write(".state/medshare/hung", format!("{} {}\n", now + 50_000, honest.url()));
        let liar = stands(&network, "opened", ended);
        let made = folder.json(&ending(verb, &[&liar, &honest]));
        assert_eq!(made["not_shown_by"], json!([honest.url()]), "{verb}");
        let liar = stands(&network, ended, ended);
        let said = folder.error(&ending(verb, &[&liar, &honest]));
        assert!(said.contains(&honest.url()), "it is said who did not say that the package is closed: {said}");
        std::fs::remove_file(folder.path().join(".state/medshare/hung")).unwrap();
    }
}

#[test]
fn an_end_that_honest_nodes_do_not_show_is_no_success() {
    let folder = Folder::new();
    let (network, _) = founded(&folder, 32_340);
    for (verb, ended) in ENDS {
        let liar = stands(&network, "opened", ended);
        let honest = stands(&network, "opened", "opened");
        let command = ending(verb, &[&liar, &honest]);
        let told: Value = serde_json::from_str(&folder.error(&format!("{command} --json"))).unwrap();
        let details = &told["error"]["details"];
        let expected = (&json!("not-everywhere"), &json!([honest.url()]));
        assert_eq!((&told["error"]["code"], &details["not_shown_by"]), expected, "{verb}: {told}");
    }
}

#[test]
fn a_violation_that_one_node_made_up_keeps_no_owner_from_taking_data_back() {
    let folder = Folder::new();
    let (network, _) = founded(&folder, 32_370);
    let (hash, side_block) = ("c3".repeat(32), format!("{}{}", &PARENT[..32], "c3".repeat(16)));
    let violation = json!({
        "block": PARENT, "side_block": side_block, "requestor": "ab".repeat(16), "dataset": "records", "action": "copy",
        "statement": null, "comment": null, "at": 1_700_000_000_000_u64, "status": "opened", "waits": true,
    });
    let liar = FakeNode::start(&network, move |asked| match asked.last().unwrap() {
        question if question.starts_with("GET /v1/owner/decisions") => {
            Answer::json(&json!({"sequence": 0, "last_violation": hash}))
        }
        question if question.starts_with("GET /v1/owner/violations") => page(std::slice::from_ref(&violation)),
        question if question.contains(PARENT) => Answer::json(&block(PARENT, "o", "retrieved")["permission"]),
        _ => Answer::error(404, "not-found"),
    });
    let honest = stands(&network, "opened", "retrieved");
    let made = folder.json(&ending("review", &[&liar, &honest]));
    assert!(is_told(&honest));
    assert_eq!((&made["status"], &made["judged"]), (&json!("retrieved"), &json!(null)));
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
