//! Commands that are killed between two of their files: a letter that stands in its place is known to whoever wrote it.

use super::at_once::{DOMAIN, RAISE, hospital, started};
use crate::binary::Folder;

/// Starts a command and kills it as soon as this is so.
fn killed_when(folder: &Folder, command: &str, is_so: impl Fn() -> bool) {
    let mut running = started(folder, command);
    while !is_so() && running.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    drop(running.kill());
    running.wait().unwrap();
    // What it was about to put in its place is still there, and none of the next command's.
    for file in std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()) {
        if file.extension().is_some_and(|extension| extension == "partial") {
            std::fs::remove_file(file).unwrap();
        }
    }
}

/// Carol is to end and bob stays; then bob is to end, by whom a letter of the first command came.
#[test]
fn a_letter_of_a_revocation_that_was_killed_opens_nothing_for_who_ends_by_the_next_one() {
    let folder = Folder::new();
    folder.done("domain create alice --label allergies");
    for party in ["alice", "bob", "carol", "dave", "eve", "node"] {
        folder.done(&format!("party create {party} --insecure-plaintext"));
    }
    let owner = format!("{DOMAIN} --party alice.party.key");
    for who in ["bob", "carol", "dave", "eve"] {
        folder.done(&format!("domain issue {owner} --policy allergies@alice --to {who}.party --out {who}.letter"));
    }
    let accept = "party accept --party bob.party.key --from alice.party --insecure-plaintext bob.letter --out bob.key";
    folder.done(accept);
    let bobs = folder.json("party show bob.party")["verifying_key"].as_str().unwrap().to_owned();
    let letter = format!("one/update-{bobs}.letter");
    let revoke =
        |who: &str, out: &str| format!("domain revoke {owner} --holder {who}.party --to node.party --out {out}");
    killed_when(&folder, &revoke("carol", "one"), || folder.path().join(&letter).exists());
    assert!(folder.path().join(&letter).exists());
    if String::from_utf8(folder.read("alice.register")).unwrap().contains("\nending: ") {
        folder.refused(&revoke("bob", "x"), "a revocation that broke off is under way");
        folder.done(&revoke("carol", "two"));
    }
    folder.done(&revoke("bob", "three"));
    folder.write("record", "record");
    folder.done("domain encrypt --public alice.public --label allergies record --out after.dom");
    folder.done(&format!("domain update --party bob.party.key --from alice.party --key bob.key {letter}"));
    let decrypt = "domain decrypt --key bob.key after.dom --out x";
    folder.refused(decrypt, "allergies@alice is at version 2 in the record and 1 in the key");
}

#[test]
fn a_letter_of_a_raise_that_was_killed_keeps_nobody_who_is_left_behind_by_the_next_one() {
    let folder = hospital();
    killed_when(&folder, RAISE, || folder.path().join("letter").exists());
    assert!(folder.path().join("letter").exists());
    let others = RAISE.replace("--stay bob.registration", "").replace("--out letter", "--out second");
    let issued = folder.json("abe issue --key H.key --registration bob.registration --out now.issued DOCTOR");
    if issued.get("warning").is_some() {
        folder.refused(&others, "a raise is under way, or broke off: that of DOCTOR@H to version 1");
        folder.done(&RAISE.replace("--out letter", "--out third"));
    }
    assert_eq!(folder.json(&others)["version"], 2);
}

/// Files that are too small for the public file stand for a disk that is full by then.
fn broken_off(folder: &Folder, letter: &str) {
    let command = RAISE.replace("--out letter", &format!("--out {letter}"));
    let blocks = folder.read("H.public").len() / 512;
    folder.refused_with_files_up_to(
        blocks,
        &command,
        "the raise is under way: the same command, with another file for",
    );
    assert!(!folder.path().join(letter).exists());
}

#[test]
fn a_raise_that_broke_off_is_told_of_and_finished_or_passed_over() {
    let folder = Folder::new();
    let more: String = (0..60).map(|number| format!(" --attribute A{number}")).collect();
    folder.done(&format!("abe authority create H --attribute DOCTOR{more} --insecure-plaintext"));
    folder.done("abe user create bob --insecure-plaintext");
    for party in ["hospital", "node"] {
        folder.done(&format!("party create {party} --insecure-plaintext"));
    }
    let issue = |out: &str| {
        let told = folder.json(&format!("abe issue --key H.key --registration bob.registration --out {out} DOCTOR"));
        let warning = told.get("warning").map(|warning| warning.as_str().unwrap().to_owned());
        (told["issued"][0]["version"].as_u64().unwrap(), warning)
    };
    broken_off(&folder, "one");
    let (version, warning) = issue("one.issued");
    let under_way = "a raise is under way, or broke off: that of DOCTOR@H to version 1";
    assert!(version == 1 && warning.as_ref().is_some_and(|warning| warning.contains(under_way)), "{warning:?}");
    let raise = |out: &str| RAISE.replace("--out letter", &format!("--out {out}"));
    let nobody = |out: &str| raise(out).replace("--stay bob.registration", "");
    for other in [nobody("x"), raise("x").replace(" DOCTOR", " A1")] {
        folder.refused(&other, under_way);
        folder.refused(&other, "with the same --stay, and another file for --out, finishes it");
    }
    let added = folder.json("abe authority attribute --key H.key --public H.public SURGERY");
    assert!(added["warning"].as_str().unwrap().contains(under_way));
    assert_eq!(folder.json(&raise("two"))["version"], 1);
    assert_eq!(issue("two.issued"), (1, None));
    let apply = "abe version apply --party node.party.key --from hospital.party --public H.public";
    folder.done("party create owner --insecure-plaintext");
    folder.write("record", "record");
    assert_eq!(folder.json(&nobody("three"))["version"], 2);
    folder.done("abe encrypt --policy DOCTOR@H --public H.public --party owner.party.key record --out x.abe");
    broken_off(&folder, "four");
    let passed = folder.json("abe authority attribute --key H.key --public H.public --version 4 DOCTOR");
    assert_eq!(passed.get("warning"), None, "it is passed over");
    assert_eq!(issue("four.issued"), (4, None));
    assert_eq!(folder.json(&raise("five"))["version"], 5);
    folder.refused(&format!("{apply} five x.abe"), "apply the letters before this one first");
}
