//! What a requestor is told whose attributes do not open what she was given.

use crate::asking::{FAR, block, founded, made, oid, page};
use crate::binary::Folder;
use crate::fake_node::FakeNode;
use medshare_loopback::Answer;
use serde_json::{Value, json};

/// Of the default policy of a network's data set.
const BOTH: [&str; 2] = ["APPROVED@ETHICS-BOARD", "RESEARCHER@UNIVERSITY"];

#[test]
fn a_package_that_her_attributes_do_not_open_any_longer_is_listed_with_what_is_missing() {
    let folder = Folder::new();
    let (network, _) = founded(&folder, 32_310);
    let owner = oid(&folder);
    let standing = ["granted", "opened", "revoked"];
    let names = ["0a", "0b", "0c"].map(|digits| digits.repeat(32));
    let requests: Vec<Value> = names.iter().map(|name| made(name, &owner, FAR, Some(name))).collect();
    let thread: Vec<Value> = names.iter().zip(standing).map(|(name, status)| block(name, &owner, status)).collect();
    for (held, missing) in [(&BOTH[..], 0), (&BOTH[..1], 2), (&[], 2)] {
        let (requests, thread) = (requests.clone(), thread.clone());
        let identity = json!({
            "requestor": "r", "key": "k", "sealing_key": "s", "registration": "g", "role": "researcher", "organisation": "o",
            "attributes": held, "revocations": {"count": 0, "head": "00".repeat(32)},
        });
        let node = FakeNode::start(&network, move |asked| match asked.last().unwrap() {
            question if question.starts_with("GET /v1/audit/requests/") => page(&requests),
            question if question.starts_with("GET /v1/audit/threads/") => page(&thread),
            question if question.starts_with("GET /v1/identities/") => Answer::json(&identity),
            _ => Answer::error(404, "not-found"),
        });
        let list = format!("request list --key alice.key --genesis net/genesis.toml --node {}", node.url());
        let listed = folder.json(&list);
        let told = listed.as_array().unwrap().iter();
        assert_eq!(told.filter(|one| one["error"]["code"] == "not-satisfied").count(), missing, "{listed}");
        assert_eq!(folder.done(&list).contains("RESEARCHER@UNIVERSITY"), missing > 0);
        assert!(
            node.asked().iter().filter(|question| question.contains("/v1/identities/")).count() <= 2,
            "once for each list"
        );
    }
}
