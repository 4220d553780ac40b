//! `medshare abe policy`: changes of who may open a stored file, by its owner and by others.

use serde_json::json;

use super::abe_with_nodes::{BOB, DOCTOR, world};
use crate::binary::Folder;

const TO_EMERGENCY: &str = "--policy EMERGENCY@ED --public ED.public";

fn encrypt(folder: &Folder, out: &str) {
    folder.done(&format!("abe encrypt {DOCTOR} --owner owner.party record --out {out}"));
}

#[test]
fn policies_of_stored_files_are_changed_by_their_owner_and_applied_by_the_node() {
    let folder = world();
    folder.done("abe issue --key ED.key --registration carol.registration --out ed.issued EMERGENCY");
    folder.delete("carol.issued");
    let carol = "abe decrypt --key carol.key --issued ed.issued";
    for (verb, policy, rekeyed) in
        [("widen", "DOCTOR@HOSPITAL OR EMERGENCY@ED", 0), ("replace", "EMERGENCY@ED", 0), ("narrow", "EMERGENCY@ED", 1)]
    {
        let file = format!("{verb}.abe");
        encrypt(&folder, &file);
        folder.refused(&format!("{carol} {file} --out x"), "do not satisfy the policy");
        let change = format!("abe policy {verb} {TO_EMERGENCY} {file}");
        let carols = format!("{change} --owner owner.party.key --key carol.key --issued ed.issued --out x");
        folder.refused(&carols, "do not satisfy the policy");
        let made = folder.json(&format!("{change} {BOB} --owner owner.party.key --out {verb}.change"));
        assert_eq!(made.get("policy"), Some(&json!(policy)));
        encrypt(&folder, "other.abe");
        folder.refused(&format!("abe policy apply other.abe {verb}.change"), "was made for another file");
        folder.delete("other.abe");
        let applied = folder.json(&format!("abe policy apply {file} {verb}.change"));
        assert_eq!(applied, json!({"file": file, "policy": policy}));
        folder.refused(&format!("abe policy apply {file} {verb}.change"), "the file has changed since");
        folder.done(&format!("{carol} {file} --out {verb}.opened"));
        assert_eq!(folder.read(&format!("{verb}.opened")), folder.read("record"));
        assert_eq!(folder.json(&format!("abe inspect {file}")).get("rekeyed"), Some(&json!(rekeyed)));
        let bob = format!("abe decrypt {BOB} {file} --out {verb}.bob");
        if verb == "widen" { drop(folder.done(&bob)) } else { folder.refused(&bob, "do not satisfy the policy") }
    }
}

#[test]
fn a_change_by_anybody_but_the_owner_is_refused() {
    let folder = world();
    encrypt(&folder, "record.abe");
    let owner = folder.json("abe inspect record.abe");
    let key = |party: &str| {
        let public = String::from_utf8(folder.read(&format!("{party}.party"))).unwrap();
        let line = public.lines().find_map(|line| line.strip_prefix("verifying: ").map(str::to_owned));
        line.unwrap()
    };
    assert_eq!(owner.get("owner"), Some(&json!(key("owner"))));
    let narrow = |file: &str| format!("abe policy narrow {TO_EMERGENCY} {BOB} {file} --out");
    folder.refused(&format!("{} x", narrow("record.abe")), "takes changes of its owner");
    let others = format!("{} x --owner north.party.key", narrow("record.abe"));
    folder.refused(&others, "north.party.key is another party's key");

    // Bob, who may open the file, signs a change with his own name, or with none: he makes it for a copy that names another owner.
    let file = folder.read("record.abe");
    let owner = hex::decode(key("owner")).unwrap();
    assert_eq!(file.get(45..77), Some(owner.as_slice()));
    let (start, rest) = (file.get(..45).unwrap(), file.get(77..).unwrap());
    folder.write("norths.abe", [start, &hex::decode(key("north")).unwrap(), rest].concat());
    folder.done(&format!("{} norths.change --owner north.party.key", narrow("norths.abe")));
    folder.refused("abe policy apply record.abe norths.change", "the change was made for another file");
    folder.refused("abe policy apply record.abe norths.change --unsigned", "the change was made for another file");

    folder.done(&format!("{} right.change --owner owner.party.key", narrow("record.abe")));
    let right = String::from_utf8(folder.read("right.change")).unwrap();
    let line = right.lines().nth(1).unwrap();
    // The change without its signature, with an altered one, and with an altered body.
    let cut = |digits: usize| line.get(..line.len() - digits).unwrap().to_owned();
    for (altered, reason) in [
        (format!("{}00", cut(130)), "the change is not signed, and the file takes changes of its owner"),
        (format!("{}{}", cut(128), "5".repeat(128)), "is not by the file's owner"),
        (line.replacen("change: 02", "change: 01", 1), "policy change is of an unknown kind or version"),
    ] {
        folder.write("forged.change", format!("medshare-abe-policy-change: 1\n{altered}\n"));
        for unsigned in ["", " --unsigned"] {
            folder.refused(&format!("abe policy apply record.abe forged.change{unsigned}"), reason);
        }
    }
    folder.flip("right.change", 140, "forged.change");
    folder.refused("abe policy apply record.abe forged.change", "");
    assert!(folder.read("record.abe") == file);

    // An older change does not come back: neither the same one, nor one that was made before the file changed.
    folder
        .done(&format!("abe policy widen {TO_EMERGENCY} {BOB} record.abe --out older.change --owner owner.party.key"));
    folder.done("abe policy apply record.abe right.change");
    for change in ["right.change", "older.change"] {
        folder.refused(&format!("abe policy apply record.abe {change}"), "or the file has changed since");
    }
    // The change is for this file, whoever owns others.
    encrypt(&folder, "other.abe");
    folder.refused("abe policy apply other.abe older.change", "the change was made for another file");
    // The owner cannot be exchanged: the contents do not open under another name.
    folder.refused(&format!("abe decrypt {BOB} norths.abe --out x"), "segment 0 of the payload is damaged");
}

#[test]
fn a_file_without_an_owner_takes_a_change_only_where_the_storer_says_so() {
    let folder = world();
    folder.done(&format!("abe encrypt {DOCTOR} record --out record.abe"));
    assert_eq!(folder.json("abe inspect record.abe").get("owner"), Some(&json!(null)));
    let widen = format!("abe policy widen {TO_EMERGENCY} {BOB} record.abe --out");
    folder.refused(
        &format!("{widen} x --owner owner.party.key"),
        "names no owner\nhint: make the change without --owner",
    );
    folder.done(&format!("{widen} widen.change"));
    folder.refused("abe policy apply record.abe widen.change", "--unsigned applies it where you trust the way");
    folder.done("abe policy apply record.abe widen.change --unsigned");
    folder.done(&format!("abe decrypt {BOB} record.abe --out opened"));
}
