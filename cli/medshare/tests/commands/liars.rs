//! A node that lies is named first, an honest one behind it: an owner ends access all the same.

use crate::binary::Folder;
use crate::fake_node::FakeNode;
use crate::requests::{block, founded, sign, status};
use medshare_loopback::Answer;
use serde_json::{Value, json};

const PARENT: &str = "00e63073aaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

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

fn is_told(node: &FakeNode) -> bool {
    node.asked().iter().any(|question| question.starts_with("POST /v1/entries"))
}

#[test]
fn one_node_that_lies_does_not_keep_an_owner_from_ending_access() {
    let folder = Folder::new();
    let (network, _) = founded(&folder, 32_220);
    let key = "--key net/keys/owners/HOSPITAL-A.key --genesis net/genesis.toml";
    for (verb, ended) in [("revoke", "revoked"), ("review", "retrieved")] {
        let what = if verb == "revoke" { "--reason other" } else { "--decision retrieve" };
        let owner = |nodes: &[&FakeNode]| {
            let nodes: Vec<String> = nodes.iter().map(|node| format!("--node {}", node.url())).collect();
            format!("owner {verb} {PARENT} {what} {key} {}", nodes.join(" "))
        };
        // it says that access has ended long ago; or that it has now, which is not so
        for before in [ended, "opened"] {
            let (liar, honest) = (stands(&network, before, ended), stands(&network, "opened", ended));
            let made = folder.json(&owner(&[&liar, &honest]));
            assert!(is_told(&honest), "{verb} {before}");
            assert_eq!((&made["status"], &made["not_shown_by"]), (&json!(ended), &json!([])), "{verb} {before}");
        }
        // it goes on saying that access stands
        let (liar, honest) = (stands(&network, "opened", "opened"), stands(&network, "opened", ended));
        let made = folder.json(&owner(&[&honest, &liar]));
        assert_eq!((&made["status"], &made["not_shown_by"]), (&json!(ended), &json!([liar.url()])), "{verb}");
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
fn a_file_that_is_no_package_of_the_request_is_not_kept_and_without_a_genesis_it_is_said_that_nobody_looked() {
    let folder = Folder::new();
    let (network, _) = founded(&folder, 32_250);
    sign(&folder);
    let node = FakeNode::start(&network, |asked| match asked.last().unwrap() {
        // how a package begins, and no more
        question if question.contains("/package") => Answer::bytes(b"MEDSHAR\x01\0\0\0\x09".to_vec()),
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
