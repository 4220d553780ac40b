//! Files that are read and written: their names, pipes, a full disk, two who write at once.

use super::bad_input::world;
use crate::binary::Folder;

#[test]
fn long_and_hidden_names_make_files_that_can_be_written() {
    let folder = Folder::new();
    let long = "é".repeat(128);
    folder.done(&format!("abe user create {long} --insecure-plaintext"));
    let registration = format!("{}.registration", "é".repeat(60));
    assert_eq!(folder.json(&format!("abe user check {registration}")).get("user"), Some(&serde_json::json!(long)));
    folder.refused(&format!("abe user create {long}é --insecure-plaintext"), "an identity has 1 to 256 bytes");
    folder.done("party create .hidden --insecure-plaintext");
    folder.read("_hidden.party");
    folder.done("abe authority create '-' --insecure-plaintext");
    folder.read("_.public");
    folder.refused("party create 'two\nlines' --insecure-plaintext", "is no name: expected one line of text");
    folder.refused("abe authority create 'e\u{301}' --insecure-plaintext", "write é as one character");
    // Folders for new files are made.
    folder.done("abe user create bob --out people/new --insecure-plaintext");
    folder.read("people/new/bob.key");
    folder.refused("abe user create bob --out people/new/bob.key --insecure-plaintext", "cannot make the folder");
}

/// Whoever makes a registration or a party's file writes the name in it as he likes.
#[test]
fn names_by_others_do_not_forge_what_is_printed_nor_look_like_another() {
    use medshare_crypto::abe::UserSecret;
    let folder = Folder::new();
    let rng = &mut rand_core::OsRng;
    let name = "eve\nproof holds: yes\u{1b}[2J\u{202e}bob";
    let registration = UserSecret::generate(rng).registration(name.as_bytes(), rng).unwrap();
    let text = format!("medshare-abe-registration: 1\nregistration: {}\n", hex::encode(registration.to_bytes()));
    folder.write("eve.registration", text);
    let error = folder.error("abe user check eve.registration");
    assert!(error.contains(r#"bears the name "eve\nproof holds: yes\u{1b}[2J\u{202e}bob""#), "{error:?}");
    assert!(error.contains("a character that does not show"), "{error:?}");
    for (twin, why) in [("e\u{301}lise", "write é as one character"), ("bob\u{3164}", "does not show (U+3164)")] {
        let registration = UserSecret::generate(rng).registration(twin.as_bytes(), rng).unwrap();
        let text = format!("medshare-abe-registration: 1\nregistration: {}\n", hex::encode(registration.to_bytes()));
        folder.write("twin.registration", text);
        folder.refused("abe user check twin.registration", why);
        for create in ["abe user create", "party create", "aggregate create --parameters p --contributor c"] {
            folder.refused(&format!("{create} '{twin}' --insecure-plaintext"), why);
        }
    }
    for create in ["abe authority create", "domain create"] {
        folder.refused(&format!("{create} 'bob\u{3164}' --insecure-plaintext"), "a name has letters, digits and");
        folder.refused(&format!("{create} '\u{1100}\u{1161}' --insecure-plaintext"), "write é as one character");
    }
}

/// Builds before allowed names with raised and full-width letters. Whoever was issued such an attribute can be told and revoked; it is made no more.
#[test]
fn keys_under_names_of_earlier_builds_are_revoked() {
    use medshare_crypto::abe::{AuthoritySecret, UserSecret};
    let (folder, rng) = (Folder::new(), &mut rand_core::OsRng);
    let old = "\u{aa}\u{ff21}e\u{301}@X";
    let authority = AuthoritySecret::generate("X".parse().unwrap(), rng);
    let user = UserSecret::generate(rng).registration(b"bob", rng).unwrap().verify().unwrap();
    let key = authority.issue(&user, &old.parse().unwrap(), 0).unwrap();
    let text = format!("medshare-abe-issued: 1\nkey: {}\n", hex::encode(key.to_bytes()));
    for what in ["--all", old] {
        folder.write("old.issued", &text);
        let revoke = format!("abe revoke --issued old.issued {what}");
        assert_eq!(folder.json(&revoke), serde_json::json!({"revoked": [old], "left": []}));
        folder.write("old.issued", &text);
        folder.told(&revoke, "is a name that an earlier build made");
    }
    folder.done("party create owner --insecure-plaintext");
    folder
        .refused("abe authority create Y --attribute '\u{aa}' --insecure-plaintext", "a name has letters, digits and");
    folder.refused(
        &format!("abe encrypt --policy '{old}' --public X.public --party owner.party.key record --out x"),
        "a name has letters, digits and",
    );
}

/// Letters of several scripts in one name may be there to deceive; many an honest name has them.
#[test]
fn names_with_letters_of_several_scripts_are_told() {
    let folder = Folder::new();
    let told = "DОCTOR has letters of Latin and Cyrillic: another name may look the same";
    let create = "authority create HOSPITAL --attribute DОCTOR --attribute NURSE --insecure-plaintext";
    let created = folder.json(&format!("abe {create} --out abe"));
    assert_eq!(created.get("mixed_scripts"), Some(&serde_json::json!([told])));
    folder.told(&format!("abe {create} --out other"), &format!("warning: {told}"));
    folder.told("domain create alice --label DОCTOR --insecure-plaintext", &format!("warning: {told}"));
    folder.told("party create DОCTOR --insecure-plaintext", &format!("warning: {told}"));
    folder.told("abe user create DОCTOR --insecure-plaintext", &format!("warning: {told}"));
    folder.told("signature create X --mediator DОCTOR@Y --insecure-plaintext", &format!("warning: {told}"));
    let created = folder.json("abe authority create 病院 --attribute ÄRZTIN --insecure-plaintext");
    assert_eq!(created.get("mixed_scripts"), None);
}

#[test]
fn standard_input_is_encrypted_and_standard_output_is_no_file() {
    let folder = world();
    folder.write("plain", "from a pipe");
    folder.done_with_input(
        "abe encrypt --party alice.party.key --policy DOCTOR@HOSPITAL --public HOSPITAL.public - --out piped.abe",
        "plain",
    );
    folder.done_with_input(
        "abe decrypt --owner alice.party --key bob.key --issued bob.issued - --out opened",
        "piped.abe",
    );
    assert_eq!(folder.read("opened"), b"from a pipe");
    folder.refused(
        "abe decrypt --owner alice.party --key bob.key --issued bob.issued piped.abe --out -",
        "is a file and not standard output",
    );
    folder.refused("abe inspect -", "cannot inspect -");
}

/// A limit of half a KiB stands for the full disk.
#[test]
fn a_full_disk_leaves_everything_as_it_was() {
    let folder = world();
    let files = ["HOSPITAL.key", "HOSPITAL.public", "bob.issued", "a.abe"];
    let before = files.map(|file| folder.read(file));
    folder.write("big", vec![7; 3_000_000]);
    for (command, reason) in [
        ("abe authority attribute --key HOSPITAL.key --public HOSPITAL.public NURSE", "cannot write HOSPITAL.public: "),
        (
            "abe encrypt --party alice.party.key --policy DOCTOR@HOSPITAL --public HOSPITAL.public big --out x",
            "cannot encrypt big: ",
        ),
        (
            "abe encrypt --party alice.party.key --policy DOCTOR@HOSPITAL --public HOSPITAL.public record --out x",
            "cannot write x: ",
        ),
        ("abe decrypt --owner alice.party --key bob.key --issued bob.issued a.abe --out x", "cannot write x: "),
        (
            "domain label --key alice.key --public alice.public --register alice.register allergies",
            "cannot write alice.public: ",
        ),
    ] {
        folder.refused_with_small_files(command, reason);
        assert!(!folder.path().join("x").exists());
    }
    assert!(files.map(|file| folder.read(file)) == before);
    // Of a pair of files none is left.
    for command in
        ["abe authority create X --attribute A", "domain create x --label a", "signature create X --mediator M@X"]
    {
        folder.refused_with_small_files(&format!("{command} --insecure-plaintext"), "cannot write ./");
        folder.done(&format!("{command} --insecure-plaintext"));
    }
}

#[test]
fn two_who_write_the_same_file_at_once_leave_a_whole_one() {
    let folder = world();
    folder.write("other", vec![8; 3_000_000]);
    std::thread::scope(|scope| {
        for input in ["record", "other"] {
            let folder = &folder;
            scope.spawn(move || {
                folder.try_run(&format!(
                    "abe encrypt --party alice.party.key --policy DOCTOR@HOSPITAL --public HOSPITAL.public {input} --out same.abe"
                ))
            });
        }
    });
    folder.done("abe decrypt --owner alice.party --key bob.key --issued bob.issued same.abe --out opened");
    assert!(["record", "other"].map(|input| folder.read(input)).contains(&folder.read("opened")));
}
