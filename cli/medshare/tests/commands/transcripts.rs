//! What the commands print, word by word.

mod keys;

use crate::binary;
use medshare_genesis::dataset::DataSetText;
use medshare_genesis::generate::{NetworkPlan, generate, local_parameters};
use medshare_genesis::key_files::Protection;
use rand_core::OsRng;
use serde_json::Value;
use std::net::TcpListener;
use std::path::Path;
use std::process::Output;
use tempfile::TempDir;

fn medshare(folder: &Path, args: &[&str]) -> Output {
    binary::medshare(folder).args(args).output().unwrap()
}

/// A folder with a founded network in `network/`, a requestor's key `me.key` and a wrong passphrase.
fn network() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let label = |text: &str| text.parse().unwrap();
    let dataset = |id: &str, owner: &str| DataSetText {
        id: id.to_owned(),
        owner: owner.to_owned(),
        record_type: "fhir-r4".to_owned(),
        rules_version: 1,
        policy: "RESEARCHER@UNIVERSITY".to_owned(),
        purposes: vec!["HRESCH".to_owned()],
        research: None,
        requires: vec![],
        k: 2,
        permits: vec!["read".to_owned()],
        exempts: vec![],
        lifetime_days: 30,
    };
    let plan = NetworkPlan {
        name: label("test"),
        organisations: ["north", "south", "east", "west"].map(label).to_vec(),
        authorities: vec![label("UNIVERSITY")],
        datasets: vec![dataset("records", "north"), dataset("d", "south")],
        sources: vec![],
        base_port: 7000,
        parameters: local_parameters(),
    };
    let protection = Protection::InsecurePlaintext;
    generate(&folder.path().join("network"), &plan, &protection, &mut OsRng).unwrap();
    let made = medshare(folder.path(), &["key", "create", "--out", "me.key", "--insecure-plaintext"]);
    assert!(made.status.success());
    folder
}

const GENESIS: [&str; 2] = ["--genesis", "network/genesis.toml"];

#[track_caller]
fn fails(folder: &Path, args: &[&str], code: i32, stderr: &str) {
    let output = medshare(folder, args);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), stderr, "{args:?}");
    assert_eq!(output.status.code(), Some(code), "{args:?}");
    assert!(output.stdout.is_empty(), "{args:?}");
}

#[test]
fn what_is_missing_is_named() {
    let folder = network();
    let folder = folder.path();
    let submit = ["request", "submit", "--dataset", "d", "--purpose", "HRESCH", "--key", "me.key", "--owner"];
    fails(
        folder,
        &[&submit[..], &["north"]].concat(),
        2,
        "error: no genesis is named\n\
         hint: name it with --genesis FILE or MEDSHARE_GENESIS, or once for all with `medshare config set genesis FILE`; \
         the network's founders hand it out, and where `medshare network create DIR` founded it, it is DIR/genesis.toml\n",
    );
    fails(
        folder,
        &[&submit[..], &["north"], &GENESIS].concat(),
        2,
        "error: no node is named\nhint: name it with --node URL or MEDSHARE_NODE, or once for all with `medshare config set node URL`; \
         `medshare network status DIR` tells addresses\n",
    );
    let node = ["--node", "http://127.0.0.1:1"];
    fails(
        folder,
        &[&submit[..], &["nowhere"], &GENESIS, &node].concat(),
        2,
        "error: this network has no owner nowhere\nhint: owners: east, north, south, west\n",
    );
    fails(
        folder,
        &[&submit[..], &["north"], &GENESIS, &node].concat(),
        2,
        "error: north has no data set d\nhint: data sets: records; d is a data set of south\n",
    );
    fails(
        folder,
        &["package", "info", "p", "--genesis", "no.toml"],
        1,
        "error: cannot read no.toml: there is no such file or folder\n\
         hint: --genesis names the genesis file of the network; its founders hand it out\n",
    );
}

#[test]
fn a_node_that_does_not_answer_is_named() {
    let folder = network();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    fails(
        folder.path(),
        &["audit", "thread", &"0".repeat(32), "--node", &url],
        6,
        &format!(
            "error: no node answers: {url} (nothing listens there)\n\
             hint: is the node running? `medshare network status DIR` tells; name other nodes with --node\n"
        ),
    );
}

#[test]
fn what_is_no_package_or_bundle_does_not_verify() {
    let folder = network();
    let folder = folder.path();
    std::fs::write(folder.join("noise"), "this is no package at all").unwrap();
    fails(
        folder,
        &[&["package", "info", "noise"][..], &GENESIS].concat(),
        5,
        "error: not a package: the file does not start as a package does\n\
         hint: fetch the package again, to another file, with `medshare request fetch`\n",
    );
    fails(
        folder,
        &[&["package", "list", "missing"][..], &GENESIS].concat(),
        1,
        "error: cannot read the package missing: there is no such file or folder\n",
    );
    fails(
        folder,
        &[&["audit", "verify", "noise"][..], &GENESIS].concat(),
        5,
        "error: noise is no audit bundle, or one of another version of this program\n\
         hint: `medshare audit export` makes one\n",
    );
    fails(
        folder,
        &[&["audit", "verify", "me.key"][..], &GENESIS].concat(),
        5,
        "error: me.key is a key file, and an audit bundle is expected\n\
         hint: `medshare key show` tells whose it is; --key or --party takes it\n",
    );
}

#[test]
fn errors_for_machines_are_one_document() {
    let folder = network();
    let json = |args: &[&str]| -> (Option<i32>, Value) {
        let output = medshare(folder.path(), args);
        assert!(output.stdout.is_empty());
        (output.status.code(), serde_json::from_slice(&output.stderr).unwrap())
    };
    let (code, document) = json(&["key", "show", "none.key", "--json"]);
    assert_eq!(code, Some(1));
    assert_eq!(document["error"]["code"], "key-file");
    assert_eq!(document["error"]["hint"], "`medshare key create` makes a key file");
    let (code, document) =
        json(&["key", "create", "--kind", "authority", "--out", "a", "--insecure-plaintext", "--json"]);
    assert_eq!(code, Some(2));
    let message = "the following required arguments were not provided: --name <NAME>";
    assert_eq!(document["error"]["message"], message);
    let (code, document) = json(&["audit", "block", "xyz", "--json"]);
    assert_eq!(code, Some(2));
    assert_eq!(
        document["error"]["message"],
        "invalid value 'xyz' for '<BLOCK>': expected the id of a block: 64 hexadecimal digits, or its first 4 or more behind the zeros that it begins with"
    );
}

#[test]
fn a_request_is_signed_without_a_node_and_never_over_a_file() {
    let folder = network();
    let folder = folder.path();
    let wish =
        ["request", "sign", "--owner", "north", "--dataset", "records", "--purpose", "hresch", "--key", "me.key"];
    let sign = [&wish[..], &GENESIS, &["--out", "me.request", "--json"]].concat();
    let signed = medshare(folder, &sign);
    let signed: Value = serde_json::from_slice(&signed.stdout).unwrap();
    assert_eq!(signed["request"].as_str().unwrap().len(), 64);
    let again = medshare(folder, &sign);
    assert_eq!(again.status.code(), Some(1));
    fails(
        folder,
        &["request", "send", "absent.request", "--node", "http://127.0.0.1:1"],
        1,
        "error: cannot read the request absent.request: there is no such file or folder\n",
    );
}
