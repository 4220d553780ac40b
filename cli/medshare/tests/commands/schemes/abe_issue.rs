//! `medshare abe issue`: what an authority issues, and at which version.

use serde_json::json;

use super::abe_with_nodes::{BOB, DOCTOR, OWN, OWNER, world};
use crate::binary::Folder;

const ISSUE: &str = "abe issue --key HOSPITAL.key --registration";
const RAISE: &str = "abe version raise --key HOSPITAL.key --public HOSPITAL.public --stay bob.registration \
                     --party hospital.party.key --to north.party DOCTOR --out";

#[test]
fn the_version_in_force_is_issued_and_the_older_one_only_where_it_is_named() {
    let folder = world();
    folder.done(&format!("abe encrypt {DOCTOR} {OWN} record --out old.abe"));
    folder.done(&format!("{RAISE} one.letter"));
    folder.done(&format!("abe encrypt {DOCTOR} {OWN} record --out new.abe"));
    folder.done("abe user create dora --insecure-plaintext");
    let issued = folder.json(&format!("{ISSUE} dora.registration --out dora.issued DOCTOR NURSE"));
    assert_eq!(
        issued,
        json!({"user": "dora", "file": "dora.issued", "issued": [
            {"attribute": "DOCTOR@HOSPITAL", "version": 1}, {"attribute": "NURSE@HOSPITAL", "version": 0},
        ]})
    );
    let decrypt = "abe decrypt --owner owner.party --key dora.key --issued dora.issued";
    folder.done(&format!("{decrypt} new.abe --out opened"));
    folder.refused(&format!("{decrypt} old.abe --out x"), "is of version 1, the ciphertext of version 0");
    folder.done(&format!("{ISSUE} dora.registration --out older.issued --version 0 DOCTOR"));
    folder.done(&format!("{decrypt} --issued older.issued old.abe --out opened-too"));
    folder
        .refused(&format!("{ISSUE} dora.registration --out x --version 2 DOCTOR"), "is at version 1, below version 2");

    // Named twice, it is one key.
    let issued = folder.json(&format!("{ISSUE} dora.registration --out twice.issued NURSE NURSE@HOSPITAL"));
    assert_eq!(issued.get("issued"), Some(&json!([{"attribute": "NURSE@HOSPITAL", "version": 0}])));
    // Raised once more, by hand; never lowered.
    let attribute = "abe authority attribute --key HOSPITAL.key --public HOSPITAL.public DOCTOR";
    folder.refused(attribute, "there is DOCTOR@HOSPITAL already, at version 1\nhint: --version raises it");
    folder.refused(&format!("{attribute} --version 0"), "is at version 1 already, and versions only rise");
    folder.done(&format!("{attribute} --version 2"));
    let issued = folder.json(&format!("{ISSUE} dora.registration --out two.issued DOCTOR"));
    assert_eq!(issued.get("issued"), Some(&json!([{"attribute": "DOCTOR@HOSPITAL", "version": 2}])));
    // The public file comes out of the key file with the same lines.
    folder.done("abe authority public --key HOSPITAL.key --out again.public");
    let lines = |file: &str| -> std::collections::BTreeSet<String> {
        String::from_utf8(folder.read(file)).unwrap().lines().map(str::to_owned).collect()
    };
    assert!(lines("again.public") == lines("HOSPITAL.public"));
    folder.done(
        "abe encrypt --party owner.party.key --policy DOCTOR@HOSPITAL --public again.public record --out newest.abe",
    );
    folder.done("abe decrypt --owner owner.party --key dora.key --issued two.issued newest.abe --out newest");
}

#[test]
fn attributes_that_there_are_not_and_files_of_others_are_refused() {
    let folder = world();
    folder.refused(
        &format!("{ISSUE} bob.registration --out x SURGEON"),
        "there is no attribute SURGEON@HOSPITAL; there is DOCTOR@HOSPITAL, NURSE@HOSPITAL",
    );
    folder.refused(&format!("{ISSUE} bob.registration --out x EMERGENCY@ED"), "it is another authority's");
    let others = "ED.public is not the public file of HOSPITAL.key";
    let before = folder.read("ED.public");
    folder.refused("abe authority attribute --key HOSPITAL.key --public ED.public SURGEON", others);
    folder.refused(&format!("{} x", RAISE.replace("HOSPITAL.public", "ED.public")), others);
    folder.refused(&format!("{ISSUE} bob.registration --public ED.public --out x DOCTOR"), others);
    assert!(folder.read("ED.public") == before);
    folder.refused("abe authority create X --attribute A@Y --insecure-plaintext", "it is another authority's");
    // A version is one of an attribute that there is: what is misspelt makes none.
    let (key, public) = (folder.read("HOSPITAL.key"), folder.read("HOSPITAL.public"));
    for names in ["DOKTOR", "DOCTOR DOKTOR"] {
        folder.refused(
            &format!("abe authority attribute --key HOSPITAL.key --public HOSPITAL.public --version 2 {names}"),
            "there is no attribute DOKTOR@HOSPITAL; there is DOCTOR@HOSPITAL, NURSE@HOSPITAL\nhint: --version raises attributes that there are",
        );
    }
    assert!(folder.read("HOSPITAL.key") == key && folder.read("HOSPITAL.public") == public);
}

#[test]
fn a_key_file_that_is_older_than_the_public_file_is_noticed() {
    let folder = world();
    let copy = folder.read("HOSPITAL.key");
    folder.done(&format!("{RAISE} one.letter"));
    folder.write("HOSPITAL.key", copy);
    let reason =
        "HOSPITAL.public has version 1 of DOCTOR@HOSPITAL, which HOSPITAL.key does not know: was HOSPITAL.key restored";
    folder.refused(&format!("{RAISE} two.letter"), reason);
    folder.refused(&format!("{ISSUE} bob.registration --public HOSPITAL.public --out x DOCTOR"), reason);
    let attribute = "abe authority attribute --key HOSPITAL.key --public HOSPITAL.public";
    folder.refused(&format!("{attribute} SURGEON"), reason);
    folder.done(&format!("{attribute} --version 1 DOCTOR"));
    assert_eq!(folder.json(&format!("{RAISE} two.letter")).get("version"), Some(&json!(2)));
    // So is an attribute that only the public file has.
    let copy = folder.read("HOSPITAL.key");
    folder.done(&format!("{attribute} SURGEON"));
    folder.write("HOSPITAL.key", copy);
    folder.done(&format!("{attribute} --version 0 SURGEON"));
    folder.done(&format!("{ISSUE} bob.registration --public HOSPITAL.public --out surgeon.issued SURGEON"));
}

/// What is in the authority's key file: `u8 layout ‖ u16 len ‖ authority's secret ‖ register`.
fn secret(folder: &Folder) -> Vec<u8> {
    let text = String::from_utf8(folder.read("HOSPITAL.key")).unwrap();
    hex::decode(text.lines().find_map(|line| line.strip_prefix("secret: ")).unwrap()).unwrap()
}

fn write_secret(folder: &Folder, secret: &[u8]) {
    let file = medshare_crypto::keyfile::KeyFile::insecure_plaintext("abe-authority", "HOSPITAL", secret).unwrap();
    folder.write("HOSPITAL.key", file.to_text().as_bytes());
}

#[test]
fn who_has_keys_of_an_earlier_build_with_a_raised_version_is_told_to_make_new_ones() {
    let folder = world();
    let attribute = "abe authority attribute --key HOSPITAL.key --public HOSPITAL.public NURSE --version";
    let commands = |letter: &str| {
        [
            format!("{RAISE} {letter}.letter"),
            format!("{ISSUE} bob.registration --out {letter}.issued DOCTOR"),
            format!(
                "abe share split --key HOSPITAL.key --registration bob.registration --division 1 --needed 1 --of 1 DOCTOR \
                 --out {letter}"
            ),
        ]
    };
    let warning = |command: &str| {
        let told = folder.json(command).get("warning").map(|warning| warning.as_str().unwrap().to_owned());
        told.inspect(|told| assert!(told.contains("`medshare abe authority rotate` makes new ones"), "{told}"))
            .is_some()
    };
    // A build of before made the keys; the first raise of all gives nothing away.
    let before = secret(&folder);
    let (layout, rest) = before.split_first().unwrap();
    assert_eq!(*layout, 3);
    write_secret(&folder, &[&[2], rest].concat());
    assert_eq!(commands("one").map(|command| warning(&command)), [false, true, true]);
    assert_eq!(secret(&folder).first(), Some(&2), "whatever raises them, the keys stay those of before");
    assert_eq!(commands("two").map(|command| warning(&command)), [true; 3]);
    assert!(warning(&format!("{attribute} 1")));
    folder.told(&format!("{RAISE} told.letter"), "warning: the keys in HOSPITAL.key are of an earlier build");

    folder.done("abe authority rotate --key HOSPITAL.key --out new --insecure-plaintext");
    for file in ["HOSPITAL.key", "HOSPITAL.public"] {
        folder.write(file, folder.read(&format!("new/{file}")));
    }
    assert_eq!(commands("three").map(|command| warning(&command)), [false; 3]);
    assert_eq!(commands("four").map(|command| warning(&command)), [false; 3]);
}

#[test]
fn of_a_key_that_an_update_is_not_for_it_is_said_that_it_is_issued_again() {
    let folder = world();
    folder.done("abe user create dora --insecure-plaintext");
    folder.done(&format!("{ISSUE} dora.registration --out dora.issued DOCTOR NURSE"));
    folder.done(&format!("{ISSUE} bob.registration --out nurse.issued NURSE"));
    // A file with keys of two people.
    let lines = |file: &str| String::from_utf8(folder.read(file)).unwrap();
    let (first, doras) = (lines("bob.issued"), lines("dora.issued"));
    folder.write("both.issued", format!("{first}{}", doras.split_once('\n').unwrap().1));
    folder.done(&format!("{RAISE} one.letter"));
    let apply = "abe version apply --party north.party.key --from hospital.party --public HOSPITAL.public one.letter";
    let outcome = folder.told_apart(&format!("{apply} dora.issued nurse.issued both.issued bob.issued"), "not-moved");
    assert_eq!(outcome.get("moved"), Some(&json!(["both.issued", "bob.issued"])));
    let again =
        "the authority sent no update for this person, or the key is of an earlier build: then it is issued again";
    assert_eq!(
        outcome.get("left_as_they_are"),
        Some(&json!([
            {"file": "dora.issued", "message": again},
            {"file": "nurse.issued", "message": "the update is for DOCTOR@HOSPITAL, which is not used here"},
            {"file": "both.issued", "message": again},
        ]))
    );
}

/// A key file as the first builds wrote it: the authority's secret alone.
#[test]
fn a_key_file_of_an_earlier_build_needs_the_public_file() {
    let folder = world();
    let secret = secret(&folder);
    let len = usize::from(*secret.get(2).unwrap());
    write_secret(&folder, secret.get(3..3 + len).unwrap());

    let reason = "HOSPITAL.key is from an earlier build and does not know which versions are in force: name the public file, --public";
    folder.refused(&format!("{ISSUE} bob.registration --out x DOCTOR"), reason);
    folder.refused("abe authority public --key HOSPITAL.key --out x", reason);
    folder.done(&format!("{ISSUE} bob.registration --public HOSPITAL.public --out one.issued DOCTOR"));
    folder.done(&format!("{RAISE} one.letter"));
    // From then on the key file knows.
    let issued = folder.json(&format!("{ISSUE} bob.registration --out two.issued DOCTOR"));
    assert_eq!(issued.get("issued"), Some(&json!([{"attribute": "DOCTOR@HOSPITAL", "version": 1}])));
    folder.done(&format!("abe encrypt {DOCTOR} {OWN} record --out new.abe"));
    folder.done(&format!("abe decrypt {OWNER} {} new.abe --out opened", BOB.replace("bob.issued", "two.issued")));
}

/// Nobody signs a public file: what an authority takes from it is what its key makes, at the versions that the key file knows.
#[test]
fn an_authority_hands_out_no_older_public_file_and_none_that_was_altered() {
    let folder = world();
    let text = |file: &str| String::from_utf8(folder.read(file)).unwrap();
    let refuses = |public: &str, reason: &str| {
        folder.write("HOSPITAL.public", public);
        let (key, issue) =
            (folder.read("HOSPITAL.key"), format!("{ISSUE} bob.registration --public HOSPITAL.public --out x NURSE"));
        let attribute = "abe authority attribute --key HOSPITAL.key --public HOSPITAL.public";
        let nurse = RAISE.replace("DOCTOR", "NURSE") + " x";
        let rotate =
            "abe authority rotate --key HOSPITAL.key --public HOSPITAL.public --insecure-plaintext --out rotated";
        let by_hand = [format!("{attribute} SURGEON"), format!("{attribute} --version 4 NURSE")];
        for command in [nurse.as_str(), &by_hand[0], &by_hand[1], &issue, rotate] {
            folder.refused(command, reason);
            folder.refused(command, "hint: `medshare abe authority public` writes a new one, from the key file");
            folder.ends(command, 5, "not-verified");
        }
        assert!(text("HOSPITAL.public") == public && folder.read("HOSPITAL.key") == key);
    };
    let before = text("HOSPITAL.public");
    folder.done(&format!("{RAISE} one.letter"));
    let newest = text("HOSPITAL.public");
    refuses(
        &before,
        "HOSPITAL.public is older than HOSPITAL.key: it has version 0 of DOCTOR@HOSPITAL, and version 1 is in force",
    );
    // The point of the nurses in the line of the doctors.
    let line = |name: &str, version: char| {
        let head = format!("attribute: 01000000000000000{version}");
        newest.lines().find(|line| line.starts_with(&head) && line.contains(&hex::encode(name))).unwrap()
    };
    let point = |line: &str| line[line.len() - 192..].to_owned();
    let nurses = point(line("NURSE@HOSPITAL", '0'));
    for version in ['0', '1'] {
        let altered = newest.replace(&point(line("DOCTOR@HOSPITAL", version)), &nurses);
        refuses(
            &altered,
            &format!("was altered: its key for version {version} of DOCTOR@HOSPITAL is none that HOSPITAL.key makes"),
        );
    }
    let later = line("DOCTOR@HOSPITAL", '1').replacen("0000000001", "0000000009", 1);
    refuses(&format!("{newest}{later}\n"), "was altered: its key for version 9 of DOCTOR@HOSPITAL");
    let without: String =
        newest.split_inclusive('\n').filter(|line| !line.contains(&hex::encode("NURSE@HOSPITAL"))).collect();
    refuses(&without, "it has no NURSE@HOSPITAL, and version 0 is in force");
    // As the hint says.
    folder.done("abe authority public --key HOSPITAL.key --out new.public");
    folder.done("abe authority attribute --key HOSPITAL.key --public new.public SURGEON");
    folder.done(&format!("{} two.letter", RAISE.replace("HOSPITAL.public", "new.public")));
}
