//! What is in force stands in the owner's register: no revocation that broke off, no older public file and no older register keeps a key alive.

use serde_json::json;

use super::by_hand::{as_before, authenticate};
use super::{OWNER, accept, does_not_open, encrypt, give, opens, world};
use crate::binary::Folder;

/// A policy so long that the letter with its key is the longest file of a revocation.
fn long_policy() -> String {
    let labels = ["history@alice", "emergency@alice", "allergies@alice"];
    labels.map(|label| [label; 4].join(" AND ")).join(" AND ")
}

fn revoke(who: &str, more: &str, out: &str) -> String {
    format!("domain revoke {OWNER} --holder {who}.party --to node.party --out {out} {more}")
}

fn text(folder: &Folder, name: &str) -> String {
    String::from_utf8(folder.read(name)).unwrap()
}

/// The register without the lines that begin so.
fn without(register: &str, names: &[&str]) -> String {
    let stays = |line: &&str| !names.iter().any(|name| line.starts_with(name));
    register.lines().filter(stays).map(|line| format!("{line}\n")).collect()
}

/// Dave alone has a key, which was to be exchanged for another: what broke off has put version 1 of history in force.
fn broken_off() -> Folder {
    let folder = Folder::new();
    folder.done("domain create alice --label allergies --label history --label emergency --insecure-plaintext");
    for party in ["alice", "dave", "node"] {
        folder.done(&format!("party create {party} --insecure-plaintext"));
    }
    folder.write("record", vec![7; 20_000]);
    give(&folder, "dave", "history@alice");
    encrypt(&folder, "history", "before.dom");
    let blocks = (folder.read("alice.register").len() + 1024) / 512;
    let exchange = revoke("dave", &format!("--policy '{}'", long_policy()), "first");
    let goes_on = "the revocation is under way: the same command, with another folder for --out, finishes it";
    folder.refused_with_files_up_to(blocks, &exchange, goes_on);
    folder.refused(&exchange, "first is a folder, which exists already");
    encrypt(&folder, "history", "between.dom");
    does_not_open(&folder, "dave", "between.dom", "is at version 1 in the record and 0 in the key");
    folder
}

#[test]
fn while_a_revocation_is_under_way_nothing_is_given_out_and_its_owner_encrypts_nothing() {
    let folder = broken_off();
    let files = [folder.read("alice.register"), folder.read("alice.public")];
    let label = format!("domain label {} genome", OWNER.replace(" --party alice.party.key", ""));
    for command in [
        format!("domain issue {OWNER} --policy emergency@alice --to dave.party --out x"),
        format!("domain issue {OWNER} --policy history@alice --to node.party --out x"),
        "domain encrypt --public alice.public --register alice.register --label history record --out x".to_owned(),
        label,
        revoke("node", "", "x"),
    ] {
        folder.refused(&command, "a revocation that broke off is under way");
        folder.refused(&command, "`medshare domain revoke` with --holder of that party finishes it");
    }
    assert!([folder.read("alice.register"), folder.read("alice.public")] == files && !folder.path().join("x").exists());
    folder.done(&revoke("dave", "--policy emergency@alice", "second"));
    accept(&folder, "dave", "second/key.letter", "new.domain-key");
    encrypt(&folder, "emergency", "emergency.dom");
    opens(&folder, "new", "emergency.dom");
    folder.done("domain encrypt --public alice.public --register alice.register --label history record --out x");
}

/// Builds before gave keys out while a revocation was under way, of the very versions that it raised to.
#[test]
fn a_revocation_ends_keys_that_were_given_out_at_the_versions_to_which_it_had_raised() {
    for is_of_before in [false, true] {
        let folder = broken_off();
        let under_way = text(&folder, "alice.register");
        authenticate(&folder, without(&under_way, &["ending", "raised"]).lines().map(str::to_owned));
        ["dave.letter", "dave.domain-key"].iter().for_each(|old| folder.delete(old));
        give(&folder, "dave", "history@alice AND history@alice");
        opens(&folder, "dave", "between.dom");
        let lines = under_way.lines().filter(|line| line.starts_with("ending") || line.starts_with("raised"));
        let register = text(&folder, "alice.register") + &lines.map(|line| format!("{line}\n")).collect::<String>();
        let more = if is_of_before { "--own-register" } else { "" };
        authenticate(&folder, register.lines().map(str::to_owned));
        if is_of_before {
            as_before(&folder);
            folder
                .refused(&revoke("dave", "", "x"), "does not show that it is the domain alice's own: an earlier build");
        }
        let ended = folder.json(&revoke("dave", more, "second"));
        assert_eq!(ended["keys_ended"], json!(2));
        encrypt(&folder, "history", "after.dom");
        does_not_open(&folder, "dave", "after.dom", "is at version 2 in the record and 1 in the key");
        // Files of both versions move along.
        folder.done("domain apply --party node.party.key --from alice.party --public alice.public second/files.letter before.dom between.dom");
        give(&folder, "node", "history@alice");
        for file in ["before.dom", "between.dom", "after.dom"] {
            opens(&folder, "node", file);
            does_not_open(&folder, "dave", file, "is at version 2 in the record");
        }
    }
}

#[test]
fn an_older_public_file_is_refused_wherever_the_register_is_at_hand_and_is_written_anew() {
    let folder = world();
    folder.write("old.public", folder.read("alice.public"));
    folder.done(&revoke("bob", "", "one"));
    ["carol.letter", "carol.domain-key"].iter().for_each(|old| folder.delete(old));
    give(&folder, "carol", "history@alice");
    let newest = folder.read("alice.public");
    folder.write("alice.public", folder.read("old.public"));
    let owner = OWNER.replace(" --party alice.party.key", "");
    for command in [
        revoke("carol", "", "x"),
        revoke("carol", "--own-register", "x"),
        format!("domain issue {OWNER} --policy allergies@alice --to bob.party --out x"),
        format!("domain label {owner} genome"),
        "domain encrypt --public alice.public --register alice.register --label history record --out x".to_owned(),
    ] {
        folder.refused(&command, "alice.public is older than the register");
        folder.refused(&command, "`medshare domain publish` writes it anew");
    }
    assert!(!folder.path().join("x").exists() && folder.read("alice.public") == folder.read("old.public"));
    let published = folder.json(&format!("domain publish {owner}"));
    let labels = json!(["allergies@alice version 1", "emergency@alice version 1", "history@alice version 1"]);
    assert_eq!(published["labels"], labels);
    // Neither does a line of before that was added behind it bring anything back.
    let older = text(&folder, "old.public").lines().skip(2).map(|line| format!("{line}\n")).collect::<String>();
    folder.write("alice.public", text(&folder, "alice.public") + &older);
    encrypt(&folder, "history emergency", "history.dom");
    does_not_open(&folder, "bob", "history.dom", "is at version 1 in the record and 0 in the key");
    folder.done(&revoke("carol", "", "two"));
    encrypt(&folder, "history", "after.dom");
    does_not_open(&folder, "carol", "after.dom", "is at version 2 in the record and 1 in the key");
    folder.delete("alice.public");
    folder.refused(&revoke("bob", "", "x"), "alice.public");
    folder.done(&format!("domain publish {owner}"));
    encrypt(&folder, "history", "again.dom");
    does_not_open(&folder, "carol", "again.dom", "is at version 2 in the record and 1 in the key");
    folder.write("alice.public", newest);
    folder.refused(&revoke("bob", "", "x"), "it has version 1 of allergies@alice, and version 2 was in force");
}

/// A copy has keys that have ended since.
#[test]
fn a_register_that_came_from_a_copy_goes_on_by_its_owners_word_and_brings_no_ended_key_back() {
    let folder = world();
    give(&folder, "node", "history@alice");
    let copy = folder.read("alice.register");
    folder.done(&revoke("bob", "", "one"));
    folder.write("alice.register", copy);
    let owner = OWNER.replace(" --party alice.party.key", "");
    let issue = |who: &str, more: &str| {
        format!("domain issue {OWNER} --policy allergies@alice --to {who}.party --out {who}.again {more}")
    };
    for command in [issue("carol", ""), revoke("carol", "", "x"), format!("domain publish {owner}")] {
        folder
            .refused(&command, "alice.register is older than the key: it was written 4 times, and the key knows of 6");
        folder.refused(&command, "keys that were given out since the copy are not in this one");
    }
    // Where the key file, too, is an older one, the public file shows it.
    let public = folder.read("alice.public");
    folder.delete("alice.public");
    folder.refused(&format!("domain publish {owner} --own-register"), "there is no public file alice.public");
    folder.write("alice.public", public);
    let published = folder.json(&format!("domain publish {owner} --own-register"));
    let warning = published["warning"].as_str().unwrap();
    for who in ["bob", "carol", "node"] {
        let shown = folder.json(&format!("party show {who}.party"));
        assert!(warning.contains(shown["verifying_key"].as_str().unwrap()), "{who} was at versions before: {warning}");
    }
    // Of whom nothing is said is made nothing.
    folder.done(&issue("carol", ""));
    accept(&folder, "carol", "carol.again", "carols.domain-key");
    let revoked = folder.json(&revoke("node", "", "two").replace("--to node", "--to alice"));
    assert_eq!(
        revoked["letters"],
        json!(["two/files.letter"]),
        "carol has nothing under the label, and bob may have ended"
    );
    let revoked = folder.json(&revoke("carol", "", "three"));
    assert_eq!((&revoked["letters"], &revoked["keys_ended"]), (&json!(["three/files.letter"]), &json!(2)));
    encrypt(&folder, "allergies", "after.dom");
    for who in ["bob", "carol", "carols"] {
        does_not_open(&folder, who, "after.dom", "allergies@alice is at version 2 in the record");
    }
    // Who ended before can be made sure of.
    folder.done(&revoke("bob", "", "four"));
    assert_eq!(folder.json(&format!("domain publish {owner}")).get("warning"), None);
}

#[test]
fn a_line_that_its_key_did_not_make_is_of_no_version() {
    let folder = world();
    folder.done("domain create alice --label allergies --out other --insecure-plaintext");
    let others = OWNER.replace("alice.", "other/alice.").replace("other/alice.party", "alice.party");
    folder.done(&format!("domain issue {others} --policy allergies@alice --to bob.party --out y"));
    folder.done(&revoke("bob", "", "others").replace(OWNER, &others));
    let forged = text(&folder, "other/alice.public").lines().last().unwrap().to_owned();
    folder.write("alice.public", text(&folder, "alice.public") + &forged + "\n");
    let reason = "alice.public has a line for allergies@alice that its key did not make";
    folder.refused(&revoke("bob", "--own-register", "w"), reason);
}

/// Bob's key opens under the point of version 0, so he would have it stand as that of version 1.
#[test]
fn a_point_of_before_under_the_number_of_the_one_in_force_is_refused() {
    let folder = world();
    let lines = |name: &str| text(&folder, name).lines().map(str::to_owned).collect::<Vec<_>>();
    let of_before = lines("alice.public")[2].clone();
    folder.done(&revoke("carol", "", "one"));
    // `label: `, then the layout's byte, the version and the rest.
    let relabelled = format!("{}00000001{}", &of_before[..9], &of_before[17..]);
    let public = lines("alice.public");
    let with = |lines: &[&String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let before_it = [&public[0], &public[1], &relabelled].into_iter().chain(&public[2..]).collect::<Vec<_>>();
    let in_its_place: Vec<&String> =
        public.iter().map(|line| if *line == public[5] { &relabelled } else { line }).collect();
    let encrypt = "domain encrypt --public alice.public --label allergies record --out x";
    let (register, key) = ("--register alice.register", "--key alice.key");
    let apply = "domain apply --party node.party.key --from alice.party --public alice.public one/files.letter record";
    let two = "has two different lines for version 1 of allergies@alice";
    let another = "the public file has another line for allergies@alice than the register";
    let not_made = "has a line for allergies@alice that its key did not make";
    folder.write("alice.public", with(&before_it));
    for command in [encrypt, &format!("{encrypt} {register}"), apply, &revoke("bob", "", "x")] {
        folder.refused(command, two);
    }
    folder.write("alice.public", with(&in_its_place));
    folder.refused(&format!("{encrypt} {register}"), another);
    folder.refused(&format!("{encrypt} {register} {key}"), not_made);
    folder.refused(&revoke("bob", "", "x"), not_made);
}
