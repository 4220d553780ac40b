//! Keys and cards.

use super::*;

#[test]
fn keys_are_made_shown_and_never_replaced() {
    let folder = network();
    let folder = folder.path();
    std::fs::write(folder.join("right"), "correct horse\nsecond line").unwrap();
    std::fs::write(folder.join("wrong"), "battery staple").unwrap();
    std::fs::write(folder.join("short"), "short").unwrap();
    let create = ["key", "create", "--kind", "owner", "--out", "owner.key", "--passphrase-file"];
    fails(folder, &[&create[..], &["short"]].concat(), 7, "error: expected a passphrase of at least 8 characters\n");
    let made = medshare(folder, &[&create[..], &["right", "--json"]].concat());
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let show = ["key", "show", "owner.key"];
    let shown = medshare(folder, &show);
    assert_eq!(
        String::from_utf8(shown.stdout).unwrap(),
        format!("kind        owner\nOID         {}\nprotection  passphrase\n", made["id"].as_str().unwrap())
    );
    let opened = medshare(folder, &[&show[..], &["--open", "--passphrase-file", "right", "--json"]].concat());
    let opened: Value = serde_json::from_slice(&opened.stdout).unwrap();
    assert_eq!(opened["verifying_key"], made["verifying_key"]);
    fails(
        folder,
        &[&show[..], &["--open", "--passphrase-file", "wrong"]].concat(),
        7,
        "error: the key file owner.key cannot be used: the passphrase does not fit this key file\n",
    );
    fails(
        folder,
        &[&show[..], &["--open"]].concat(),
        7,
        "error: the key file owner.key cannot be used: the key file is encrypted; give its passphrase\n\
         hint: give it with --passphrase-file or MEDSHARE_PASSPHRASE, or run in a terminal\n",
    );
    fails(
        folder,
        &[&create[..], &["right"]].concat(),
        1,
        "error: the key file owner.key exists already; choose another name or move it away\n",
    );
    fails(
        folder,
        &["key", "create", "--out", "new.key"],
        7,
        "error: a new key file needs a passphrase\n\
         hint: give it with --passphrase-file or MEDSHARE_PASSPHRASE, or say --insecure-plaintext\n",
    );
}

#[test]
fn a_key_of_another_kind_is_refused() {
    let folder = network();
    let folder = folder.path();
    let node = ["--node", "http://127.0.0.1:1"];
    fails(
        folder,
        &[&["owner", "requests", "--key", "me.key"][..], &node].concat(),
        7,
        "error: the key file me.key cannot be used: the key file holds a key of kind \"requestor\", \
         and one of kind \"owner\" is needed\nhint: `medshare key show FILE` tells what a key file holds\n",
    );
    std::fs::write(folder.join("noise.key"), "noise").unwrap();
    fails(
        folder,
        &[&["owner", "requests", "--key", "noise.key"][..], &node].concat(),
        7,
        "error: the key file noise.key cannot be used: this is not a MeDShare key file; \
         its first line should be \"medshare-key-file: 1\"\n",
    );
}

#[test]
fn a_card_is_for_one_organisation() {
    let folder = network();
    let folder = folder.path();
    let card =
        ["key", "card", "--key", "me.key", "--role", "researcher", "--out", "me.card", "--organisation", "north"];
    let made = medshare(folder, &[&card[..], &GENESIS, &["--json"]].concat());
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    assert_eq!(made["role"], "researcher");
    let register = |key: &'static str, extra: &[&'static str]| {
        let args = ["owner", "register", "--requestor", "me.card", "--node", "http://127.0.0.1:1", "--key", key];
        [&args[..], &GENESIS, extra].concat()
    };
    let south = "network/keys/owners/south.key";
    fails(
        folder,
        &register(south, &[]),
        3,
        "error: the card asks north to vouch, and the key is that of south\n\
         hint: the requestor makes a new card with `medshare key card`\n",
    );
    fails(
        folder,
        &register("network/keys/owners/north.key", &["--role", "doctor"]),
        3,
        "error: the card asks for the role researcher, and --role is doctor\n\
         hint: if she is to have that role, name it with --role; otherwise she makes a new card\n",
    );
    let text = std::fs::read_to_string(folder.join("me.card")).unwrap();
    let position = text.len() - 5;
    let flipped = if &text[position..=position] == "0" { "1" } else { "0" };
    std::fs::write(folder.join("me.card"), format!("{}{flipped}{}", &text[..position], &text[position + 1..])).unwrap();
    fails(
        folder,
        &register("network/keys/owners/north.key", &[]),
        5,
        "error: me.card is not a valid card: its signature does not verify\n\
         hint: the requestor makes one with `medshare key card`\n",
    );
}
