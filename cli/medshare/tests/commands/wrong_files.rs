//! A key that is missing, and a file in another's place: the command says where the one that is meant is, or what takes the other.

use crate::asking::founded;
use crate::binary::Folder;

const NODE: &str = "--node http://127.0.0.1:1";

#[test]
fn a_key_that_is_missing_is_looked_for_where_one_of_its_kind_is() {
    let folder = Folder::new();
    founded(&folder, 32_250);
    let genesis = "--genesis net/genesis.toml";
    let issue = format!("authority issue --attribute A@UNIVERSITY --to {} {NODE} {genesis}", "ab".repeat(16));
    for (command, whence) in [
        (format!("owner requests {NODE} {genesis}"), "DIR/keys/owners/NAME.key"),
        (issue, "DIR/keys/authorities/NAME.key"),
        (format!("request list {NODE} {genesis}"), "`medshare key create` makes a requestor's key file"),
    ] {
        for key in ["", " --key none.key"] {
            let said = folder.error(&format!("{command}{key}"));
            assert!(said.contains(whence), "{command}{key}: {said}");
            assert_eq!(said.contains("key create"), whence.contains("key create"), "{command}{key}: {said}");
        }
    }
    folder.refused(&format!("request list --key alice.key {NODE}"), "it is DIR/genesis.toml");
}

#[test]
fn a_request_and_a_genesis_are_called_by_their_names_where_another_file_is_expected() {
    let folder = Folder::new();
    founded(&folder, 32_280);
    let genesis = "--genesis net/genesis.toml";
    let wish = format!("--owner HOSPITAL-A --dataset records --purpose HRESCH --key alice.key {genesis}");
    folder.done(&format!("request sign {wish} --out alice.request"));
    for (command, said, taken_by) in [
        ("audit verify alice.request", "alice.request is a data request, and an audit bundle", "request send"),
        ("audit verify net/genesis.toml", "genesis.toml is a genesis file, and an audit bundle", "--genesis"),
        ("package info net/genesis.toml", "genesis.toml is a genesis file, and a package", "--genesis"),
        ("request send net/genesis.toml --node http://127.0.0.1:1", "a genesis file, and a data request", "--genesis"),
        ("key show alice.request", "alice.request is a data request, and a key file", "request send"),
    ] {
        let command = format!("{command} {genesis}");
        folder.ends(&command, 5, "wrong-kind");
        let told = folder.error(&command);
        assert!(told.contains(said) && told.contains(taken_by), "{command}: {told}");
    }
    folder.refused(&format!("audit verify alice.key {genesis}"), "alice.key is a key file");
    folder.ends("audit verify net/genesis.toml --genesis alice.request", 5, "wrong-kind");
}
