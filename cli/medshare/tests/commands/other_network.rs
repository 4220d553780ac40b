//! A genesis of one network and a node of another: said before anything is asked, told, written or remembered.

use crate::binary::Folder;
use crate::fake_node::FakeNode;
use medshare_loopback::Answer;

#[test]
fn a_node_of_another_network_is_named_before_anything_is_asked_or_written() {
    let folder = Folder::new();
    folder.done("network create net --patients 10 --base-port 31630");
    folder.done("key create --out alice.key --insecure-plaintext");
    let node = FakeNode::start(&"1".repeat(64), |_| Answer::error(404, "not-found"));
    let rid = folder.json("key show alice.key")["id"].as_str().unwrap().to_owned();
    let block = "0".repeat(64);
    for command in [
        &format!("audit thread {rid}"),
        &format!("audit block {block}"),
        &format!("audit export --requestor {rid} --out her.bundle"),
        "owner requests --key net/keys/owners/HOSPITAL-A.key",
        "owner violations --key net/keys/owners/HOSPITAL-A.key",
        "request list --key alice.key",
        &format!("request status {block}"),
        &format!(
            "authority issue --key net/keys/authorities/UNIVERSITY.key --attribute RESEARCHER@UNIVERSITY --to {rid}"
        ),
        "request submit --owner HOSPITAL-A --dataset records --purpose HRESCH --key alice.key",
    ] {
        folder.ends(&format!("{command} --genesis net/genesis.toml --node {}", node.url()), 3, "other-network");
    }
    assert!(node.asked().iter().all(|asked| asked == "GET /v1/status"), "{:?}", node.asked());
    assert!(!folder.path().join("her.bundle").exists() && !folder.path().join(".state").exists());
}

#[test]
fn a_genesis_that_cannot_be_read_is_not_passed_over() {
    let folder = Folder::new();
    folder.ends(
        &format!("audit block {} --genesis nowhere.toml --node http://127.0.0.1:1", "0".repeat(64)),
        1,
        "genesis",
    );
}
