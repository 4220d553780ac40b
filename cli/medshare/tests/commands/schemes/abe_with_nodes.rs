//! `medshare abe` with nodes that do the bulk, without a network: transforms, revocation, policies, break-glass.
use serde_json::json;

use crate::binary::Folder;

/// A hospital with doctors and nurses, an emergency department; bob and carol are doctors; the parties north, south, hospital and owner.
pub fn world() -> Folder {
    let folder = Folder::new();
    folder.done("abe authority create HOSPITAL --attribute DOCTOR --attribute NURSE --insecure-plaintext");
    folder.done("abe authority create ED --attribute EMERGENCY --insecure-plaintext");
    for user in ["bob", "carol"] {
        folder.done(&format!("abe user create {user} --insecure-plaintext"));
        folder.done(&format!(
            "abe issue --key HOSPITAL.key --registration {user}.registration --out {user}.issued DOCTOR"
        ));
    }
    for party in ["north", "south", "hospital", "owner"] {
        folder.done(&format!("party create {party} --insecure-plaintext"));
    }
    folder.write("record", vec![7; 200_000]);
    folder
}

pub const DOCTOR: &str = "--policy DOCTOR@HOSPITAL --public HOSPITAL.public";
pub const BOB: &str = "--key bob.key --issued bob.issued";
/// Signs files.
pub const OWN: &str = "--party owner.party.key";
/// Takes them.
pub const OWNER: &str = "--owner owner.party";

pub fn encrypt(folder: &Folder, out: &str) {
    folder.done(&format!("abe encrypt {DOCTOR} {OWN} record --out {out}"));
}

#[test]
fn a_registration_without_its_proof_gets_nothing() {
    let folder = world();
    assert_eq!(folder.done("abe user check bob.registration"), "user: bob\nproof holds: yes\n");
    folder.flip("bob.registration", 1, "forged.registration");
    let reason = "forged.registration is not a valid registration: the registration's proof does not hold";
    folder.refused("abe user check forged.registration", reason);
    folder.refused("abe issue --key HOSPITAL.key --registration forged.registration --out x NURSE", reason);
    folder.refused("abe issue --key HOSPITAL.key --registration bob.registration --out x EMERGENCY@ED", "cannot issue");
}

#[test]
fn a_revoked_person_opens_nothing_and_those_who_stay_open_everything() {
    let folder = world();
    encrypt(&folder, "old.abe");
    // Carol keeps a copy of her keys before the node deletes them.
    folder.write("copied.issued", folder.read("carol.issued"));
    let revoked = folder.json("abe revoke --issued carol.issued --all");
    assert_eq!(revoked, json!({"revoked": ["DOCTOR@HOSPITAL"], "left": []}));
    let transform = "abe transform --owner owner.party --registration carol.registration --party north.party.key old.abe --out x --issued";
    folder.refused(&format!("{transform} carol.issued"), "everything in them was revoked");
    folder.refused("abe revoke --issued bob.issued NURSE@HOSPITAL", "bob.issued has no key for NURSE@HOSPITAL");

    folder.done(&format!(
        "abe pool contribute {DOCTOR} --sets 1 --party south.party.key --to north.party --out south.rows"
    ));
    folder.done(
        "abe pool fill --party north.party.key --from south.party --public HOSPITAL.public --own --pool pool south.rows",
    );
    let set = std::fs::read_dir(folder.path().join("pool")).unwrap().map(|entry| entry.unwrap().file_name());
    let set = set.map(|name| format!("pool/{}", name.to_string_lossy())).find(|name| name.ends_with(".rows")).unwrap();

    folder.write("before.public", folder.read("HOSPITAL.public"));
    let raised = folder.json(
        "abe version raise --key HOSPITAL.key --public HOSPITAL.public --stay bob.registration \
         --party hospital.party.key --to north.party --out doctor.letter DOCTOR",
    );
    assert_eq!((raised.get("version"), raised.get("staying")), (Some(&json!(1)), Some(&json!(1))));
    encrypt(&folder, "new.abe");
    folder
        .refused(&format!("abe decrypt {BOB} {OWNER} new.abe --out x"), "is of version 0, the ciphertext of version 1");

    let apply =
        "abe version apply --party north.party.key --from hospital.party --public HOSPITAL.public doctor.letter";
    // A public file from before, another authority's, and another authority's letter for an attribute that is not its own.
    let before = folder.read("old.abe");
    let stale = "does not have version 1 of DOCTOR@HOSPITAL; fetch it from the authority again";
    folder.refused(&format!("{} old.abe", apply.replace("HOSPITAL.public", "before.public")), stale);
    folder.refused(&format!("{} old.abe", apply.replace("HOSPITAL.public", "ED.public")), "does not have version 0");
    folder.done("abe authority create HOSPITAL --attribute DOCTOR --out impostor --insecure-plaintext");
    folder.done(
        "abe version raise --key impostor/HOSPITAL.key --public impostor/HOSPITAL.public --stay bob.registration \
         --party south.party.key --to north.party --out impostor.letter DOCTOR",
    );
    let impostors = apply.replace("hospital.party", "south.party").replace("doctor.letter", "impostor.letter");
    folder.refused(&format!("{impostors} old.abe"), "does not lead from version 0 to version 1 of DOCTOR@HOSPITAL");
    assert!(folder.read("old.abe") == before);
    let forged = apply.replace("hospital.party", "owner.party");
    folder.refused(&format!("{forged} old.abe"), "is from another party than you named");
    folder.refused(&format!("{} old.abe", apply.replace("north", "south")), "is for another party than you");
    folder.done(
        "abe encrypt --policy NURSE@HOSPITAL --public HOSPITAL.public --party owner.party.key record --out nurse.abe",
    );
    let moved =
        folder.told_apart(&format!("{apply} old.abe bob.issued copied.issued nurse.abe new.abe {set}"), "not-moved");
    assert_eq!(moved.get("moved"), Some(&json!(["old.abe", "bob.issued", set])));
    assert_eq!(
        moved.get("left_as_they_are"),
        Some(&json!([
            {"file": "copied.issued", "message": "the authority sent no update for this person, or the key is of an earlier build: then it is issued again"},
            {"file": "nurse.abe", "message": "the update is for DOCTOR@HOSPITAL, which is not used here"},
            {"file": "new.abe", "message": "the update starts from version 0, and version 1 is here"},
        ]))
    );
    folder.done(
        "abe encrypt --policy DOCTOR@HOSPITAL --public HOSPITAL.public --pool pool --party north.party.key record --out pooled.abe",
    );
    // Who owns the pool has made this one, and the node that moved the others none of them.
    for (file, owner) in [("old.abe", "owner"), ("new.abe", "owner"), ("pooled.abe", "north")] {
        folder.done(&format!("abe decrypt {BOB} --owner {owner}.party {file} --out {file}.opened"));
        assert_eq!(folder.read(&format!("{file}.opened")), folder.read("record"));
        let stolen = format!("abe decrypt --key carol.key --issued copied.issued --owner {owner}.party {file} --out x");
        folder.refused(&stolen, "is of version 0, the ciphertext of version 1");
    }
    // Somebody new gets the version in force, and opens the old files too.
    folder.done("abe user create dora --insecure-plaintext");
    let issue = "abe issue --key HOSPITAL.key --public HOSPITAL.public --registration dora.registration";
    folder.done(&format!("{issue} --out dora.issued DOCTOR"));
    folder.done("abe decrypt --key dora.key --issued dora.issued --owner owner.party old.abe --out dora.opened");
}

#[test]
fn an_authority_changes_its_keys() {
    let folder = world();
    encrypt(&folder, "old.abe");
    std::fs::create_dir(folder.path().join("new")).unwrap();
    let rotate = "abe authority rotate --key HOSPITAL.key --public HOSPITAL.public --out";
    folder.refused(&format!("{rotate} ."), "HOSPITAL.key exists already");
    let rotated = folder.json(&format!("{rotate} new --insecure-plaintext"));
    assert_eq!(rotated.get("attributes"), Some(&json!(["DOCTOR@HOSPITAL", "NURSE@HOSPITAL"])));
    folder.done("abe issue --key new/HOSPITAL.key --registration bob.registration --out bob-2.issued DOCTOR");
    folder.refused(
        "abe decrypt --key bob.key --issued bob-2.issued --owner owner.party old.abe --out x",
        "before or after its authority",
    );
    folder.done(&format!(
        "abe rekey {BOB} {OWN} --policy DOCTOR@HOSPITAL --public new/HOSPITAL.public old.abe --out new.abe"
    ));
    folder.done("abe decrypt --key bob.key --issued bob-2.issued --owner owner.party new.abe --out opened");
    folder.refused(&format!("abe decrypt {BOB} {OWNER} new.abe --out x"), "before or after its authority");
}

#[test]
fn rows_that_stay_beside_rows_that_moved_are_told() {
    let folder = world();
    encrypt(&folder, "record.abe");
    let raise = |out: &str| {
        let raise = "abe version raise --key HOSPITAL.key --public HOSPITAL.public --stay bob.registration --party hospital.party.key --to north.party";
        folder.done(&format!("{raise} --out {out} DOCTOR"));
    };
    let apply = "abe version apply --party north.party.key --from hospital.party --public HOSPITAL.public";
    folder.write("before.public", folder.read("HOSPITAL.public"));
    raise("first.letter");
    raise("second.letter");
    folder.done(&format!("{apply} first.letter record.abe bob.issued"));
    // Its owner adds rows of before.
    let widen = "abe policy widen --policy 'DOCTOR@HOSPITAL AND NURSE@HOSPITAL' --public before.public";
    folder.done(&format!("{widen} {BOB} {OWN} record.abe --out wide.change"));
    folder.done("abe policy apply record.abe wide.change");
    let applied = folder.told_apart(&format!("{apply} second.letter record.abe"), "not-moved");
    assert_eq!(applied.get("moved"), Some(&json!(["record.abe"])));
    let missed = "the update starts from version 1, and version 0 is here: apply the letters before this one first";
    let stays = json!([{"file": "record.abe", "message": missed}]);
    assert_eq!(applied.get("left_as_they_are"), Some(&stays));
}
