//! `medshare abe policy`: changes of who may open a stored file, by its owner and by others.

use serde_json::json;

use super::abe_owner::unsigned;
use super::abe_with_nodes::{BOB, OWN, OWNER, encrypt, world};

const TO_EMERGENCY: &str = "--policy EMERGENCY@ED --public ED.public";

#[test]
fn policies_of_stored_files_are_changed_by_their_owner_and_applied_by_the_node() {
    let folder = world();
    folder.done("abe issue --key ED.key --registration carol.registration --out ed.issued EMERGENCY");
    folder.delete("carol.issued");
    let carol = format!("abe decrypt {OWNER} --key carol.key --issued ed.issued");
    for (verb, policy, rekeyed) in
        [("widen", "DOCTOR@HOSPITAL OR EMERGENCY@ED", 0), ("replace", "EMERGENCY@ED", 0), ("narrow", "EMERGENCY@ED", 1)]
    {
        let file = format!("{verb}.abe");
        encrypt(&folder, &file);
        folder.refused(&format!("{carol} {file} --out x"), "do not satisfy the policy");
        let change = format!("abe policy {verb} {TO_EMERGENCY} {file} {OWN}");
        let carols = format!("{change} --key carol.key --issued ed.issued --out x");
        folder.refused(&carols, "do not satisfy the policy");
        let made = folder.json(&format!("{change} {BOB} --out {verb}.change"));
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
        let bob = format!("abe decrypt {BOB} {OWNER} {file} --out {verb}.bob");
        if verb == "widen" { drop(folder.done(&bob)) } else { folder.refused(&bob, "do not satisfy the policy") }
    }
}

/// It would be under DOCTOR OR DOCTOR, and let in nobody.
#[test]
fn a_file_is_not_widened_by_a_policy_that_lets_in_nobody_new() {
    let folder = world();
    encrypt(&folder, "record.abe");
    let widen = |policy: &str| {
        format!(
            "abe policy widen --policy '{policy}' --public HOSPITAL.public --public ED.public {OWN} {BOB} record.abe --out"
        )
    };
    let already = "record.abe lets in whoever satisfies DOCTOR@HOSPITAL already";
    folder.refused(&format!("{} x", widen("DOCTOR@HOSPITAL")), already);
    folder.done(&format!("{} one.change", widen("EMERGENCY@ED OR NURSE@HOSPITAL")));
    folder.done("abe policy apply record.abe one.change");
    for there in ["EMERGENCY@ED", "DOCTOR@HOSPITAL OR NURSE@HOSPITAL"] {
        folder.refused(&format!("{} x", widen(there)), &format!("lets in whoever satisfies {there} already"));
    }
    folder.done(&format!("{} two.change", widen("EMERGENCY@ED AND NURSE@HOSPITAL")));
}

#[test]
fn a_change_by_anybody_but_the_owner_is_refused() {
    let folder = world();
    encrypt(&folder, "record.abe");
    let owner = folder.json("abe inspect record.abe");
    let key = |party: &str| folder.json(&format!("party show {party}.party")).get("verifying_key").cloned().unwrap();
    assert_eq!((owner.get("owner"), owner.get("signed")), (Some(&key("owner")), Some(&json!(true))));
    let narrow = |file: &str| format!("abe policy narrow {TO_EMERGENCY} {BOB} {file} --out");
    folder.refused(&format!("{} x", narrow("record.abe")), "--party");
    let others = format!("{} x --party north.party.key", narrow("record.abe"));
    folder.refused(&others, "which is none of the owners that were named");

    // Bob, who may open the file, puts the name of a party of his own into a copy: the owner did not sign that, and he cannot.
    let file = folder.read("record.abe");
    let hex = |key: serde_json::Value| hex::decode(key.as_str().unwrap()).unwrap();
    assert_eq!(file.get(45..77), Some(hex(key("owner")).as_slice()));
    let (start, rest) = (file.get(..45).unwrap(), file.get(77..).unwrap());
    folder.write("norths.abe", [start, &hex(key("north")), rest].concat());
    folder.refused(&format!("{} x --party north.party.key", narrow("norths.abe")), "it was altered");
    folder.refused(&format!("abe decrypt {BOB} --owner north.party norths.abe --out x"), "it was altered");

    folder.done(&format!("{} right.change {OWN}", narrow("record.abe")));
    let right = String::from_utf8(folder.read("right.change")).unwrap();
    let line = right.lines().nth(1).unwrap();
    // Behind number, header, commitment and wrapped key.
    let (front, signature) = line.split_at("change: ".len() + 2 * (1 + 32 + 32 + 48));
    for (altered, reason) in [
        (format!("{front}{}{}", "5".repeat(128), &signature[128..]), "is not by the file's owner"),
        (line.replacen("change: 04", "change: 03", 1), "policy change is of an unknown kind or version"),
    ] {
        folder.write("forged.change", format!("medshare-abe-policy-change: 3\n{altered}\n"));
        folder.refused("abe policy apply record.abe forged.change", reason);
    }
    folder.write("before.change", right.replacen("change: 3", "change: 2", 1));
    folder.refused("abe policy apply record.abe before.change", "another build of medshare made it");
    folder.flip("right.change", 140, "forged.change");
    folder.refused("abe policy apply record.abe forged.change", "");
    assert!(folder.read("record.abe") == file);

    // An older change does not come back: neither the same one, nor one that was made before the file changed.
    folder.done(&format!("abe policy widen {TO_EMERGENCY} {BOB} record.abe --out older.change {OWN}"));
    folder.done("abe policy apply record.abe right.change");
    for change in ["right.change", "older.change"] {
        folder.refused(&format!("abe policy apply record.abe {change}"), "or the file has changed since");
    }
    // The change is for this file, whoever owns others.
    encrypt(&folder, "other.abe");
    folder.refused("abe policy apply other.abe older.change", "the change was made for another file");
    // And nobody makes one for a file that its owner has not signed.
    unsigned(&folder, "other.abe", "unsigned.abe");
    folder.refused(&format!("{} x {OWN}", narrow("unsigned.abe")), "the file is not signed by its owner");
}
