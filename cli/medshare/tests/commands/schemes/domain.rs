//! `medshare domain`: Alice's records, opened by those to whom she gives keys, until she takes them away.

use serde_json::json;

use crate::binary::Folder;

mod authentic;
mod by_hand;
mod ended_early;
mod in_force;
mod register;
mod under_way;

const OWNER: &str = "--key alice.key --public alice.public --register alice.register --party alice.party.key";

/// Alice's domain with a node, and Bob and Carol with keys.
fn world() -> Folder {
    let folder = Folder::new();
    let created =
        folder.json("domain create alice --label allergies --label history --label emergency --insecure-plaintext");
    assert_eq!(created.get("labels"), Some(&json!(["allergies@alice", "history@alice", "emergency@alice"])));
    for party in ["alice", "bob", "carol", "node"] {
        folder.done(&format!("party create {party} --insecure-plaintext"));
    }
    give(&folder, "bob", "allergies@alice OR (history@alice AND emergency@alice)");
    give(&folder, "carol", "allergies@alice");
    folder.write("record", vec![7; 200_000]);
    folder
}

fn give(folder: &Folder, to: &str, policy: &str) {
    folder.done(&format!("domain issue {OWNER} --policy '{policy}' --to {to}.party --out {to}.letter"));
    accept(folder, to, &format!("{to}.letter"), &format!("{to}.domain-key"));
}

fn accept(folder: &Folder, who: &str, letter: &str, out: &str) {
    let accept = "party accept --from alice.party --insecure-plaintext";
    folder.done(&format!("{accept} --party {who}.party.key {letter} --out {out}"));
}

fn encrypt(folder: &Folder, labels: &str, out: &str) {
    let labels: Vec<String> = labels.split(' ').map(|label| format!("--label {label}")).collect();
    folder.done(&format!("domain encrypt --public alice.public {} record --out {out}", labels.join(" ")));
}

fn opens(folder: &Folder, who: &str, file: &str) {
    folder.done(&format!("domain decrypt --key {who}.domain-key {file} --out opened"));
    assert_eq!(folder.read("opened"), folder.read("record"));
    folder.delete("opened");
}

fn does_not_open(folder: &Folder, who: &str, file: &str, reason: &str) {
    folder.refused(&format!("domain decrypt --key {who}.domain-key {file} --out x"), reason);
}

#[test]
fn keys_open_the_records_whose_labels_satisfy_their_policies() {
    let folder = world();
    encrypt(&folder, "allergies", "allergies.dom");
    encrypt(&folder, "history", "history.dom");
    encrypt(&folder, "history emergency", "accident.dom");
    opens(&folder, "bob", "allergies.dom");
    opens(&folder, "carol", "allergies.dom");
    opens(&folder, "bob", "accident.dom");
    does_not_open(&folder, "bob", "history.dom", "the record's labels do not satisfy the key's policy");
    does_not_open(&folder, "carol", "accident.dom", "the record's labels do not satisfy the key's policy");
    let inspected = folder.json("domain inspect accident.dom");
    assert_eq!(inspected.get("labels"), Some(&json!(["emergency@alice", "history@alice"])));
    assert_eq!(inspected.get("bytes_inside"), Some(&json!(200_000)));

    let encrypt = "domain encrypt --public alice.public record --out x --label";
    folder.refused(&format!("{encrypt} genome"), "the domain has no label genome@alice; it has allergies@alice,");
    folder.refused(&format!("{encrypt} allergies@bob"), "the domain has no label allergies@bob");
    folder.refused(&format!("{encrypt} allergies --label allergies"), "of another domain, or given twice");
    let issue = format!("domain issue {OWNER} --to bob.party --out x --policy");
    folder.refused(&format!("{issue} genome@alice"), "the domain has no label genome@alice");
    let often = ["allergies@alice"; 5].join(" AND ");
    folder.refused(&format!("{issue} '{often}'"), "names allergies@alice more than 4 times");
    let label = "domain label --key alice.key --public alice.public --register alice.register";
    folder.refused(&format!("{label} allergies"), "has the label allergies@alice already");
    folder.done("domain create zoe --insecure-plaintext");
    let others = "zoe.public is another domain's public file than that of alice";
    folder.refused(&format!("{} genome", label.replace("alice.public", "zoe.public")), others);
    folder.refused(&format!("{issue} allergies@alice").replace("alice.public", "zoe.public"), others);
    assert_eq!(folder.json(&format!("{label} genome")), json!({"labels": ["genome@alice"]}));
    let accept = "party accept --party carol.party.key --from alice.party --insecure-plaintext --out x";
    folder.refused(&format!("{accept} bob.letter"), "the letter is for another party than you");
    folder.refused(&format!("{} bob.letter", accept.replace("alice", "node")), "is from another party than you named");
}

#[test]
fn a_domain_is_made_whole_or_not_at_all() {
    let folder = Folder::new();
    folder.write("alice.register", "mine");
    folder.refused("domain create alice --insecure-plaintext", "alice.register exists already");
    folder.refused_with_small_files(
        "domain create zoe --label a --label b --label c --label d --label e",
        "cannot write",
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "the one that was there");
}

#[test]
fn a_revocation_whose_letters_cannot_all_be_written_leaves_none_and_changes_nothing() {
    let folder = world();
    let before = [folder.read("alice.public"), folder.read("alice.register")];
    let revoke = format!("domain revoke {OWNER} --holder carol.party --to node.party --out letters");
    folder.refused_with_small_files(&revoke, "cannot write");
    assert!(!folder.path().join("letters").exists());
    assert_eq!([folder.read("alice.public"), folder.read("alice.register")], before);
    folder.done(&revoke);
}

#[test]
fn a_revoked_party_opens_nothing_and_the_others_go_on() {
    let folder = world();
    encrypt(&folder, "allergies", "old.dom");
    encrypt(&folder, "emergency", "emergency.dom");
    let revoke = format!("domain revoke {OWNER} --to node.party");
    folder.refused(&format!("{revoke} --holder node.party --out x"), "the register has no key of that party");
    let revoked = folder.json(&format!("{revoke} --holder carol.party --out letters"));
    assert_eq!(revoked.get("labels"), Some(&json!(["allergies@alice"])));
    let letters = revoked.get("letters").and_then(|letters| letters.as_array()).unwrap();
    assert_eq!(letters.first(), Some(&json!("letters/files.letter")));
    let bobs = letters.get(1).and_then(|letter| letter.as_str()).unwrap();

    encrypt(&folder, "allergies", "new.dom");
    for who in ["bob", "carol"] {
        does_not_open(&folder, who, "new.dom", "allergies@alice is at version 1 in the record and 0 in the key");
    }
    let apply = "domain apply --party node.party.key --from alice.party --public alice.public letters/files.letter old.dom emergency.dom new.dom";
    let moved = folder.json(apply);
    assert_eq!(moved.get("moved"), Some(&json!(["old.dom"])));
    assert_eq!(
        moved.get("left_as_they_are"),
        Some(&json!([
            {"file": "emergency.dom", "message": "the update is for allergies@alice, which is not used here"},
            {"file": "new.dom", "message": "the update starts from version 0, and version 1 is here"},
        ]))
    );
    // With a damaged one among them none is moved; of a command that is typed again, everything is done.
    folder.cut("old.dom", folder.read("old.dom").len() - 40, "cut.dom");
    let told = folder.told_apart(&format!("{apply} cut.dom"), "damaged");
    assert_eq!((told.get("moved"), folder.json(apply).get("moved")), (Some(&json!([])), Some(&json!([]))));
    let alone = apply.replace("old.dom emergency.dom new.dom", "emergency.dom");
    folder.refused(&alone, "nothing was moved\n  moved: none\n  emergency.dom: the update is for allergies@alice");
    folder.ends(&alone, 3, "not-moved");
    let update = "domain update --party bob.party.key --from alice.party --key";
    folder
        .done("party accept --party carol.party.key --from alice.party carol.letter --out again --insecure-plaintext");
    let key = folder.error("domain update --party carol.party.key --from alice.party --key again carol.letter");
    for told in [
        "carol.letter is a letter with a key, and one with an update of keys is expected",
        "`medshare party accept` takes it",
    ] {
        assert!(key.contains(told), "{key}");
    }
    let no_key = folder.error(&format!("party accept --party bob.party.key --from alice.party {bobs} --out x"));
    for told in
        ["is a letter with an update of keys, and one with a key is expected", "`medshare domain update` takes it"]
    {
        assert!(no_key.contains(told), "{no_key}");
    }
    folder.refused(&format!("{update} carol.domain-key {bobs}"), "the update is for another user's key");
    folder.done(&format!("{update} bob.domain-key {bobs} --insecure-plaintext"));
    let already = "the update leads to version 1 of allergies@alice, and the key is at version 1 already";
    folder.refused(&format!("{update} bob.domain-key {bobs}"), already);
    for file in ["old.dom", "new.dom"] {
        opens(&folder, "bob", file);
        does_not_open(&folder, "carol", file, "is at version 1 in the record and 0 in the key");
    }
}

#[test]
fn the_last_of_several_letters_brings_each_key_of_a_party_to_the_versions_in_force() {
    let folder = world();
    folder.done("party create store --insecure-plaintext");
    give(&folder, "node", "history@alice");
    folder.done(&format!("domain issue {OWNER} --policy history@alice --to bob.party --out second.letter"));
    accept(&folder, "bob", "second.letter", "second.domain-key");
    let bobs = ["carol", "node"].map(|ends| {
        let revoke = format!("domain revoke {OWNER} --to store.party --holder {ends}.party --out {ends}-ends");
        let letters = folder.json(&revoke).get("letters").and_then(|letters| letters.as_array().cloned()).unwrap();
        assert_eq!(letters.len(), 2, "the store's and bob's");
        letters[1].as_str().unwrap().to_owned()
    });
    encrypt(&folder, "allergies", "allergies.dom");
    encrypt(&folder, "history", "history.dom");
    let update = |key: &str, letter: &str| {
        format!("domain update --party bob.party.key --from alice.party --key {key}.domain-key {letter}")
    };
    assert_eq!(folder.json(&update("bob", &bobs[1])).get("labels_moved"), Some(&json!(2)));
    assert_eq!(folder.json(&update("second", &bobs[1])).get("labels_moved"), Some(&json!(1)));
    opens(&folder, "bob", "allergies.dom");
    opens(&folder, "second", "history.dom");
    let back = "the update leads to version 0 of history@alice, and the key is at version 1 already";
    folder.refused(&update("bob", &bobs[0]), back);
    folder.refused(&update("second", &bobs[0]), "the update is for another user's key");
}

#[test]
fn a_key_is_exchanged_for_one_with_another_policy() {
    let folder = world();
    encrypt(&folder, "allergies", "allergies.dom");
    encrypt(&folder, "history emergency", "accident.dom");
    folder.done(&format!(
        "domain revoke {OWNER} --to node.party --holder bob.party --policy emergency@alice --out letters"
    ));
    folder
        .done("domain apply --party node.party.key --from alice.party --public alice.public letters/files.letter allergies.dom accident.dom");
    does_not_open(&folder, "bob", "accident.dom", "is at version");
    folder.delete("bob.domain-key");
    accept(&folder, "bob", "letters/key.letter", "bob.domain-key");
    opens(&folder, "bob", "accident.dom");
    does_not_open(&folder, "bob", "allergies.dom", "do not satisfy the key's policy emergency@alice");
}

/// Its node applied a later letter first: one label moves, the other waits for the letter before.
#[test]
fn a_file_of_which_one_label_missed_a_letter_is_told() {
    let folder = world();
    encrypt(&folder, "allergies history", "both.dom");
    for (ends, out) in [("carol", "one"), ("bob", "two")] {
        folder.done(&format!("domain revoke {OWNER} --holder {ends}.party --to node.party --out {out}"));
    }
    let apply = |letters: &str| {
        format!(
            "domain apply --party node.party.key --from alice.party --public alice.public {letters}/files.letter both.dom"
        )
    };
    let told = folder.told_apart(&apply("two"), "not-moved");
    let missed = "the update starts from version 1, and version 0 is here: apply the letters before this one first";
    assert_eq!(told, json!({"moved": ["both.dom"], "left_as_they_are": [{"file": "both.dom", "message": missed}]}));
    folder.done(&apply("one"));
    folder.done(&apply("two"));
    assert_eq!(folder.json(&apply("two")).get("moved"), Some(&json!([])));
}
