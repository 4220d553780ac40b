//! Blocks by the digits that are shown of them.

use crate::binary::Folder;
use crate::fake_node::FakeNode;
use medshare_loopback::Answer;
use serde_json::{Value, json};

const REQUESTOR: &str = "d691abec051d92ce628c1da6748575dd";
const PARENT: &str = "0081fb90aaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const OTHER: &str = "00c1d0e9aaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
/// Of the parent the first half, then its own.
const SIDE: &str = "0081fb90aaaaaaaaaaaaaaaaaaaaaaaa0020db56cccccccccccccccccccccccc";

fn view(block: &str) -> Value {
    let permission = json!({
        "block": block, "status": "opened", "openings": 1, "reports": 0, "violations": 0, "undecided": 0, "retrieved": false,
    });
    json!({
        "block": block, "height": 1, "requestor": REQUESTOR, "owner": "o", "dataset": "records", "purpose": "HRESCH",
        "sensitivity": "high", "node": "n", "second_node": "s", "package": "p", "size": 1, "version": 1, "previous": "p",
        "merkle_root": "m", "nonce": 1, "target": 8, "action_counter": 5, "ttr": 1, "ttp": 1, "tts": 1, "locktime": 0,
        "events": [], "side_block_count": 1, "permission": permission,
    })
}

fn detail(block: &str, side_blocks: &Value) -> Value {
    let mut detail = view(block);
    detail["side_blocks"] = side_blocks.clone();
    detail["next"] = Value::Null;
    detail
}

fn node() -> FakeNode {
    let side = json!([{
        "side_block": SIDE, "height": 2, "event": "opening", "vln": 0, "tsv": 1, "node": "n", "action_counter": 0,
        "sequence": null, "commitment": null, "lease": "l", "follows": null,
    }]);
    let thread = json!({"requestor": REQUESTOR, "count": 2, "blocks": [view(PARENT), view(OTHER)], "next": null});
    FakeNode::start("n", move |asked| {
        let question = asked.last().unwrap();
        if question.contains("/v1/audit/threads/") {
            Answer::json(&thread)
        } else if question.contains(PARENT) {
            Answer::json(&detail(PARENT, &side))
        } else if question.contains(OTHER) {
            Answer::json(&detail(OTHER, &json!([])))
        } else {
            Answer::error(404, "not-found")
        }
    })
}

#[test]
fn a_block_is_found_by_what_is_shown_of_it_or_of_a_side_block_in_anybodys_thread() {
    let (folder, node) = (Folder::new(), node());
    let audit = |block: &str| format!("audit block {block} --node {}", node.url());
    for shown in ["0081fb90…", "0020db56…", "0020db56", SIDE, PARENT] {
        let found = folder.json(&format!("{} --requestor {REQUESTOR}", audit(shown)));
        assert_eq!(found["block"], PARENT, "{shown}");
    }
    folder.ends(&format!("{} --requestor {REQUESTOR}", audit("00d331e0")), 2, "unknown-id");
    let told = folder.error(&audit("0081fb90"));
    assert!(told.contains("name with --requestor whose thread it stands in"), "{told}");
}

#[test]
fn an_authority_is_told_where_the_whole_rid_stands() {
    let folder = Folder::new();
    let issue = "authority issue --key u.key --attribute RESEARCHER@UNIVERSITY --to";
    for typed in ["d691abec", "alice.card"] {
        let told = folder.error(&format!("{issue} {typed}"));
        assert!(told.contains("expected a whole RID") && told.contains("`medshare key show` prints it"), "{told}");
    }
}
