//! `medshare abe version apply`: what is said of files that move, and of those that do not.

use serde_json::json;

use super::abe_with_nodes::{encrypt, world};
use crate::binary::Folder;

const APPLY: &str = "abe version apply --party north.party.key --from hospital.party --public HOSPITAL.public";

/// Raises DOCTOR; bob stays.
fn raise(folder: &Folder, letter: &str) {
    folder.done(&format!(
        "abe version raise --key HOSPITAL.key --public HOSPITAL.public --stay bob.registration --party hospital.party.key \
         --to north.party --out {letter} DOCTOR"
    ));
}

#[test]
fn with_a_damaged_file_among_them_none_is_moved_and_it_is_said() {
    let folder = world();
    for file in ["one.abe", "two.abe"] {
        encrypt(&folder, file);
    }
    raise(&folder, "one.letter");
    folder.cut("two.abe", folder.read("two.abe").len() - 60, "cut.abe");
    let before = ["one.abe", "two.abe", "bob.issued"].map(|file| folder.read(file));
    for (wrong, code) in
        [("cut.abe", "damaged"), ("record", "damaged"), ("nowhere", "failed"), ("bob.key", "wrong-kind")]
    {
        let told = folder.told_apart(&format!("{APPLY} one.letter one.abe {wrong} two.abe bob.issued"), code);
        assert_eq!(told, json!({"moved": [], "not_moved": ["one.abe", wrong, "two.abe", "bob.issued"]}), "{wrong}");
        folder.refused(
            &format!("{APPLY} one.letter one.abe {wrong} two.abe"),
            "no file was moved: all are looked at first",
        );
    }
    assert!(["one.abe", "two.abe", "bob.issued"].map(|file| folder.read(file)) == before);
    folder.done("abe pool contribute --policy DOCTOR@HOSPITAL --public HOSPITAL.public --sets 1 --party south.party.key --to north.party --out south.rows");
    folder.done("abe pool fill --party north.party.key --from south.party --public HOSPITAL.public --own --pool pool south.rows");
    folder.refused(
        &format!("{APPLY} one.letter one.abe pool"),
        "pool is a folder, and files are moved one by one\n  no file was moved: all are looked at first\nhint: name its files, of a pool pool/*.rows",
    );
    assert!(folder.read("one.abe") == before[0]);
}

/// A limit of half a KiB stands for the full disk, on which a small file still has room.
#[test]
fn where_a_file_cannot_be_written_it_is_said_what_moved_before_it() {
    let folder = world();
    encrypt(&folder, "one.abe");
    raise(&folder, "one.letter");
    let before = folder.read("one.abe");
    let command = format!("{APPLY} one.letter bob.issued one.abe carol.issued");
    folder.refused_with_small_files(&command, "moved: bob.issued\n  not moved: one.abe, carol.issued");
    assert!(folder.read("one.abe") == before);
}

#[test]
fn a_command_that_did_not_move_all_that_it_should_does_not_end_as_if_it_had() {
    let folder = world();
    for file in ["one.abe", "two.abe"] {
        encrypt(&folder, file);
    }
    folder.done(
        "abe encrypt --policy NURSE@HOSPITAL --public HOSPITAL.public --party owner.party.key record --out nurse.abe",
    );
    folder.done("abe issue --key HOSPITAL.key --registration bob.registration --out nurse.issued NURSE");
    raise(&folder, "one.letter");
    raise(&folder, "two.letter");
    // Of nothing that it is about.
    let nothing = format!("{APPLY} one.letter nurse.abe nurse.issued");
    folder.refused(
        &nothing,
        "nothing was moved\n  moved: none\n  nurse.abe: the update is for DOCTOR@HOSPITAL, which is not used here",
    );
    folder.ends(&nothing, 3, "not-moved");
    // A letter before it was missed.
    let missed = "the update starts from version 1, and version 0 is here: apply the letters before this one first";
    let told = folder.told_apart(&format!("{APPLY} two.letter one.abe bob.issued"), "not-moved");
    let left = |file: &str| json!({"file": file, "message": missed});
    assert_eq!(told, json!({"moved": [], "left_as_they_are": [left("one.abe"), left("bob.issued")]}));
    // A person does not stay.
    let command = format!("{APPLY} one.letter one.abe carol.issued nurse.abe");
    let told = folder.told_apart(&command, "not-moved");
    assert_eq!(told.get("moved"), Some(&json!(["one.abe"])));
    assert!(folder.error(&command).contains("carol.issued: the authority sent no update for this person"));
    // Some moved before and some do not have to: everything is done, also of a command that is typed again.
    let all = format!("{APPLY} one.letter one.abe two.abe bob.issued nurse.abe nurse.issued");
    let told = folder.json(&all);
    assert_eq!(told.get("moved"), Some(&json!(["two.abe", "bob.issued"])));
    assert_eq!(told["left_as_they_are"].as_array().unwrap().len(), 3);
    assert_eq!(folder.json(&all).get("moved"), Some(&json!([])));
    assert_eq!(
        folder.json(&format!("{APPLY} two.letter one.abe two.abe bob.issued")).get("moved"),
        Some(&json!(["one.abe", "two.abe", "bob.issued"]))
    );
    assert_eq!(folder.json(&all).get("moved"), Some(&json!([])), "an older letter finds them further on");
}

/// A letter that names nobody who stays is for no key of another attribute either.
#[test]
fn a_key_of_another_attribute_is_none_that_a_letter_forgot() {
    let folder = world();
    encrypt(&folder, "one.abe");
    folder.done("abe issue --key HOSPITAL.key --registration bob.registration --out nurse.issued NURSE");
    folder.done(
        "abe version raise --key HOSPITAL.key --public HOSPITAL.public --party hospital.party.key --to north.party --out nobody.letter DOCTOR",
    );
    let told = folder.json(&format!("{APPLY} nobody.letter one.abe nurse.issued"));
    assert_eq!(told.get("moved"), Some(&json!(["one.abe"])));
    folder.ends(&format!("{APPLY} nobody.letter bob.issued"), 3, "not-moved");
}
