//! `medshare key passphrase`: the same key under other words.

use serde_json::json;

use crate::binary::Folder;

#[test]
fn a_key_file_is_put_under_another_passphrase() {
    let folder = Folder::new();
    folder.done("abe user create bob");
    folder.write("new", "another long sentence\n");
    folder.write("short", "word\n");
    folder.write("wrong", "a wrong sentence\n");
    folder.refused("key passphrase bob.key --new-passphrase-file short", "at least");
    folder.refused("key passphrase bob.key --new-passphrase-file new --passphrase-file wrong", "does not fit this key");
    folder.refused("key passphrase bob.registration --new-passphrase-file new", "and a key file is expected");
    folder.done("key passphrase bob.key --new-passphrase-file new");
    let variable = "the passphrase does not fit this key file (the passphrase is that of MEDSHARE_PASSPHRASE)";
    folder.refused("key passphrase bob.key --new-passphrase-file new", variable);
    folder.done("key passphrase bob.key --new-passphrase-file new --passphrase-file new");
    let shown = folder.json("key show bob.key");
    assert_eq!((shown.get("kind"), shown.get("encrypted")), (Some(&json!("abe-user")), Some(&json!(true))));
    folder
        .refused("key show --open bob.key", "holds a key of kind \"abe-user\", whose public half --open does not show");
}
