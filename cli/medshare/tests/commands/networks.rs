//! `medshare network` where there is none, and where names or ports do not fit.

use crate::binary::Folder;
use std::net::TcpListener;

#[test]
fn a_folder_that_is_no_networks_is_named_once_and_without_numbers() {
    let folder = Folder::new();
    folder.write("file", "");
    for verb in ["start", "stop", "status"] {
        for nope in ["nope", "file"] {
            let said = folder.error(&format!("network {verb} {nope}"));
            let expected =
                format!("error: {nope} is no network's folder\nhint: `medshare network create` founds a network\n");
            assert_eq!(said, expected);
        }
    }
}

#[test]
fn organisations_that_differ_in_capitals_only_and_ports_that_are_taken_are_told_together() {
    let folder = Folder::new();
    let create = "network create net --organisation NORTH --organisation north";
    folder.refused(create, "the organisations NORTH and north differ in capital letters only");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    folder.refused(&format!("network create net --base-port {port}"), &format!("the port {port}"));
    assert!(!folder.path().join("net").exists());
}

#[test]
fn every_command_prints_json_in_one_form() {
    let folder = Folder::new();
    folder.done("key create --out alice.key --insecure-plaintext");
    folder.done("abe user create bob --insecure-plaintext");
    for command in [
        "key show alice.key",
        "abe user check bob.registration",
        "network create net --patients 10 --base-port 31690",
        "network stop net",
        "deid sample --out example --patients 20",
        "config show",
    ] {
        let said = folder.done(&format!("{command} --json"));
        let document: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!(said, format!("{document:#}\n"), "{command}");
    }
}
