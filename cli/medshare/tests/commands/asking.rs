//! What the tests of data requests share: a founded network, a signed request, and what nodes answer about it.

use crate::binary::Folder;
use medshare_loopback::Answer;
use serde_json::{Value, json};

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
