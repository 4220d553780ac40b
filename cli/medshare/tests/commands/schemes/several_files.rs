//! Commands that write several files, or change one and write another: all of it is done, or nothing.

use super::abe_with_nodes::{DOCTOR, world};
use crate::binary::Folder;

/// The names in a folder.
/// What lies in a folder, but for locks, which stay.
fn names(folder: &Folder) -> Vec<String> {
    let all = std::fs::read_dir(folder.path()).unwrap();
    let all = all.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = all.filter(|name| !name.ends_with(".lock")).collect();
    names.sort();
    names
}

/// The command is refused for these reasons, leaves the folder as it is, and is done when it is corrected.
#[track_caller]
fn none_is_left(folder: &Folder, command: &str, wrong: &[(&str, &str)], right: &str) {
    let before = names(folder);
    for (places, reason) in wrong {
        folder.refused(&format!("{command} {places}"), reason);
        assert_eq!(names(folder), before, "{command} {places}");
    }
    folder.done(&format!("{command} {right}"));
}

#[test]
fn two_files_have_two_names_in_folders_that_are_there() {
    let folder = world();
    folder.done("party create bob --insecure-plaintext");
    let create = format!("abe challenge create {DOCTOR} --party hospital.party.key --prover bob.party --purpose p");
    let twice = "is named for two files: choose another name for one of them";
    none_is_left(
        &folder,
        &create,
        &[
            ("--out c --pending c", twice),
            ("--out c --pending ./c", twice),
            ("--out nodir/c --pending p", "cannot write nodir/c: "),
            ("--out c --pending nodir/p", "cannot write nodir/p: "),
            ("--out c --pending record", "record exists already"),
        ],
        "--out c --pending p",
    );
    folder.done("signature create HOSPITAL --mediator ACTIVE@NORTH --insecure-plaintext");
    let issue = "signature issue --key HOSPITAL.signing.key --public HOSPITAL.signing.public --user bob --attribute DOCTOR@HOSPITAL \
                 --mediator ACTIVE@NORTH --party hospital.party.key --to bob.party --to-mediator north.party --out";
    folder.write("taken.mediator.letter", "");
    let exists = "taken.mediator.letter exists already";
    none_is_left(&folder, issue, &[("nodir/bob", "cannot write nodir/bob.signer.letter: "), ("taken", exists)], "bob");
    folder.done("party accept --party bob.party.key --from hospital.party --insecure-plaintext bob.signer.letter --out bob.signer");
    let begin = "signature begin --key bob.signer --public HOSPITAL.signing.public --claim DOCTOR@HOSPITAL --mediator ACTIVE@NORTH \
                 --party bob.party.key --to north.party record";
    none_is_left(
        &folder,
        begin,
        &[("--out rr --pending rr", twice), ("--out rr --pending nodir/rp", "cannot write nodir/rp: ")],
        "--out rr --pending rp",
    );
    let split =
        "abe share split --key ED.key --registration bob.registration EMERGENCY --division 1 --needed 2 --of 3 --out";
    folder.write("glass-3.share", "");
    none_is_left(
        &folder,
        split,
        &[("glass", "glass-3.share exists already"), ("nodir/x", "cannot write nodir/x-1.share")],
        "x",
    );
}

/// A limit of half a KiB stands for the full disk.
#[test]
fn a_full_disk_leaves_none_of_several_files() {
    let folder = world();
    folder.done("party create bob --insecure-plaintext");
    let before = names(&folder);
    for command in [
        format!("abe challenge create {DOCTOR} --party hospital.party.key --prover bob.party --purpose p --out c --pending p"),
        "abe share split --key HOSPITAL.key --registration bob.registration DOCTOR NURSE --division 1 --needed 2 --of 3 --out x".to_owned(),
        "abe version raise --key HOSPITAL.key --public HOSPITAL.public --party hospital.party.key --to north.party --out l DOCTOR".to_owned(),
    ] {
        folder.refused_with_small_files(&command, "cannot write ");
        assert_eq!(names(&folder), before, "{command}");
        folder.done(&format!("{command} --insecure-plaintext"));
        for made in names(&folder).iter().filter(|name| !before.contains(name)) {
            folder.delete(made);
        }
    }
}

/// A key that nobody got would be counted, and move every label that it names when its holder is revoked.
#[test]
fn a_key_whose_letter_cannot_be_written_is_not_in_the_register() {
    let folder = Folder::new();
    folder.done("domain create alice --label history --insecure-plaintext");
    for party in ["alice", "bob"] {
        folder.done(&format!("party create {party} --insecure-plaintext"));
    }
    let issue = "domain issue --key alice.key --public alice.public --register alice.register --policy history@alice \
                 --party alice.party.key --to bob.party --out";
    let register = folder.read("alice.register");
    folder.refused(&format!("{issue} nodir/x"), "cannot write nodir/x: ");
    folder.refused_with_small_files(&format!("{issue} x"), "cannot write x: ");
    assert!(folder.read("alice.register") == register);
    assert_eq!(folder.json(&format!("{issue} x")).get("keys_in_force"), Some(&serde_json::json!(1)));
}
