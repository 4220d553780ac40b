//! What is in force stands in the owner's register: no revocation that broke off, no older public file and no older register keeps a key alive.

use serde_json::json;

use super::{OWNER, accept, does_not_open, encrypt, give, opens, world};
use crate::binary::Folder;

/// A policy so long that the letter with its key is the longest file of a revocation.
fn long_policy() -> String {
    let labels = ["history@alice", "emergency@alice"];
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
        folder.write("alice.register", without(&under_way, &["ending", "raised"]));
        ["dave.letter", "dave.domain-key"].iter().for_each(|old| folder.delete(old));
        give(&folder, "dave", "history@alice AND history@alice");
        opens(&folder, "dave", "between.dom");
        let lines = under_way.lines().filter(|line| line.starts_with("ending") || line.starts_with("raised"));
        let register = text(&folder, "alice.register") + &lines.map(|line| format!("{line}\n")).collect::<String>();
        let more = if is_of_before { "--newest-public" } else { "" };
        if is_of_before {
            folder.write("alice.register", without(&register, &["knows-in-force", "in-force", "key-at"]));
            folder.refused(
                &revoke("dave", "", "x"),
                "the register does not know which versions of the labels are in force",
            );
        } else {
            folder.write("alice.register", register);
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
        revoke("carol", "--newest-public", "x"),
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

#[test]
fn a_register_that_knows_less_than_the_public_file_goes_on_by_its_owners_word_alone() {
    let folder = world();
    let copy = folder.read("alice.register");
    folder.done(&revoke("carol", "", "one"));
    folder.write("alice.register", copy);
    let issue = format!("domain issue {OWNER} --policy allergies@alice --to carol.party --out x");
    folder
        .refused(&issue, "has version 1 of allergies@alice, and the register knows of 0: was it restored from a copy?");
    folder.refused(&revoke("bob", "", "x"), "no revocation ends them");
    folder.done(&format!("domain publish {} --newest-public", OWNER.replace(" --party alice.party.key", "")));
    folder.done(&issue);
    // What somebody else wrote into the file is of no version.
    folder.done("domain create alice --label allergies --out other --insecure-plaintext");
    let others = OWNER.replace("alice.", "other/alice.").replace("other/alice.party", "alice.party");
    folder.done(&format!("domain issue {others} --policy allergies@alice --to bob.party --out y"));
    folder.done(&revoke("bob", "", "others").replace(OWNER, &others));
    folder.done(&format!("domain issue {others} --policy allergies@alice --to bob.party --out z"));
    folder.done(&revoke("bob", "", "more").replace(OWNER, &others));
    let forged = text(&folder, "other/alice.public").lines().last().unwrap().to_owned();
    folder.write("alice.public", text(&folder, "alice.public") + &forged + "\n");
    let reason = "alice.public has a line for allergies@alice that its key did not make";
    folder.refused(&revoke("bob", "--newest-public", "w"), reason);
}
